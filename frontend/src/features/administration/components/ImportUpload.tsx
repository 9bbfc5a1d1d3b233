/** One file to hand over: what it must hold, the file itself, and how far the loading is. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, api, client, csrfHeaders, problemOf, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { useDenied } from '~/lib/reason';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { Progress } from '~/ui/Progress';
import { Notice } from '~/ui/states';
import { outcomeOf } from './ImportHistory';

type Kind = Schemas['ImportOut']['kind'];
type Started = Schemas['ImportStarted'];

/** What the API takes at most. */
const LARGEST = 512 * 1024 * 1024;

const COLUMNS: Record<string, { needed: string[]; extra: string[] }> = {
  items: {
    needed: ['sku', 'title', 'marketplaces', 'case_pack'],
    extra: [
      'gtin',
      'asin',
      'vendor_code',
      'brand',
      'cost_price',
      'currency',
      'status',
      'image_url',
      'safety_stock',
      'quantity',
      'order_multiple',
      'launch_on',
      'weight',
      'ext.*',
    ],
  },
  stock: {
    needed: ['sku', 'warehouse', 'as_of', 'on_hand'],
    extra: [
      'uom',
      'reserved',
      'quality_hold',
      'available',
      'inbound_qty',
      'inbound_eta',
      'inbound_ref',
      'order_refs',
    ],
  },
  components: {
    needed: ['component_sku', 'quantity'],
    extra: ['asin', 'vendor_sku', 'marketplace', 'sku'],
  },
  costs: {
    needed: ['sku', 'marketplace', 'cost_price', 'currency', 'valid_from'],
    extra: ['vendor_code', 'valid_to', 'uom', 'tolerance'],
  },
  units: { needed: ['sku', 'uom', 'eaches'], extra: [] },
  warehouses: {
    needed: ['code', 'time_zone'],
    extra: ['name', 'country', 'working_days', 'cut_off', 'calendar', 'capacity', 'capacity_unit'],
  },
  calendars: { needed: ['name'], extra: ['country', 'subdivision'] },
  closures: { needed: ['calendar', 'first_day'], extra: ['last_day', 'reason'] },
  transit_times: { needed: ['origin', 'days'], extra: ['centre', 'zone', 'country', 'mode'] },
  fulfilment_centres: {
    needed: ['code'],
    extra: ['marketplace', 'zone', 'country', 'city', 'postal_code', 'working_days', 'calendar'],
  },
  vendor_terms: {
    needed: ['vendor_code'],
    extra: ['freight', 'uom', 'mode', 'warehouse', 'carrier', 'transport'],
  },
  carriers: { needed: ['name'], extra: ['working_days', 'calendar'] },
  stock_pools: { needed: ['warehouse'], extra: ['marketplace', 'vendor_code', 'rank'] },
};

export function ImportUpload({
  kind,
  onStarted,
}: {
  kind: Kind;
  onStarted(importId: string): void;
}): JSX.Element {
  const { t } = useTranslation(['administration', 'common', 'catalogue']);
  const problems = useProblems();
  const format = useFormats();
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const denied = useDenied('catalog.write');
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [operationId, setOperationId] = useState<string | null>(null);
  const [tooLarge, setTooLarge] = useState(false);
  const [full, setFull] = useState(false);
  const [zero, setZero] = useState(false);

  const upload = useMutation({
    // The body is the file as it is, so that it streams; the typed client would read it into memory first.
    mutationFn: async (file: File): Promise<Started> => {
      const query = new URLSearchParams({ kind, file_name: file.name });
      if (full) query.set('mode', 'full');
      if (full && zero) query.set('missing', 'zero');
      const response = await fetch(
        `/api/v1/${encodeURIComponent(workspace.slug)}/administration/catalog/imports?${query}`,
        { method: 'POST', body: file, headers: { 'Content-Type': 'text/csv', ...csrfHeaders() } },
      ).catch((error: unknown) => {
        throw new ApiProblem(0, { detail: String(error) }, null);
      });
      if (!response.ok) throw await problemOf(response);
      return (await response.json()) as Started;
    },
    onSuccess: (started) => {
      setOperationId(started.operation.id);
      onStarted(started.import.id);
      void queryClient.invalidateQueries({
        predicate: (query) => String(query.queryKey[1]).includes('/administration/catalog/imports'),
      });
    },
  });
  const take = (file: File | undefined): void => {
    if (!file || denied) return;
    setTooLarge(file.size > LARGEST);
    if (file.size <= LARGEST) upload.mutate(file);
  };
  const { needed, extra } = COLUMNS[kind] ?? { needed: [], extra: [] };
  return (
    <Card title={t(`import.${kind}.title`)} aside={t(`import.${kind}.note`)}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is a shortcut; the button does the same. */}
      <div
        className={over ? 'drop drop-over' : 'drop'}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          take(event.dataTransfer.files[0]);
        }}
      >
        <input
          ref={input}
          type="file"
          accept=".csv,text/csv"
          hidden
          data-kind={kind}
          onChange={(event) => {
            take(event.target.files?.[0]);
            event.target.value = '';
          }}
        />
        <Button reason={denied} busy={upload.isPending} onClick={() => input.current?.click()}>
          {t(upload.isPending ? 'import.uploading' : 'import.choose')}
        </Button>
        <p className="label">{t('import.drop', { most: format.size(LARGEST) })}</p>
        <p className="label">
          {t('import.needed')} <span className="mono">{needed.join(', ')}</span>
          {extra.length > 0 ? (
            <>
              <br />
              {t('import.extra')} <span className="mono">{extra.join(', ')}</span>
            </>
          ) : null}
        </p>
        <a
          download
          href={`/api/v1/${encodeURIComponent(workspace.slug)}/administration/catalog/templates/${kind}`}
        >
          {t('catalogue:template')}
        </a>
        {kind === 'stock' ? (
          <div className="form-note">
            <label className="cluster">
              <input type="checkbox" checked={full} onChange={(event) => setFull(event.target.checked)} />
              {t('catalogue:full.label')}
            </label>
            <p className="label">{t('catalogue:full.note')}</p>
            {full ? (
              <label className="cluster">
                <input type="checkbox" checked={zero} onChange={(event) => setZero(event.target.checked)} />
                {t('catalogue:full.zero')}
              </label>
            ) : null}
          </div>
        ) : null}
      </div>
      {tooLarge ? (
        <Notice tone="critical">{t('import.tooLarge', { most: format.size(LARGEST) })}</Notice>
      ) : null}
      {upload.isError ? (
        <Notice tone="critical">
          {upload.error instanceof ApiProblem && upload.error.status !== 0
            ? t('import.refused', { detail: problems.text(upload.error) })
            : t('import.failed')}
        </Notice>
      ) : null}
      {operationId ? <ImportProgress operationId={operationId} /> : null}
    </Card>
  );
}

const POLL_MS = 2000;

function countsOf(result: unknown): { loaded: number; unchanged: number; rejected: number } | null {
  const found = (result ?? {}) as Partial<Record<'loaded' | 'unchanged' | 'rejected', number>>;
  return typeof found.loaded === 'number'
    ? { loaded: found.loaded, unchanged: found.unchanged ?? 0, rejected: found.rejected ?? 0 }
    : null;
}

export function ImportProgress({ operationId }: { operationId: string }): JSX.Element | null {
  const { t } = useTranslation(['administration', 'common', 'status']);
  const format = useFormats();
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const path = { workspace: workspace.slug, operation_id: operationId };
  const operation = api.useQuery(
    'get',
    '/api/v1/{workspace}/operations/{operation_id}',
    { params: { path } },
    {
      // The live stream says when it moved; the poll is for the time the stream is down.
      refetchInterval: (query) =>
        query.state.data && ['queued', 'running'].includes(query.state.data.state) ? POLL_MS : false,
    },
  );
  const cancel = useMutation({
    mutationFn: () => client.DELETE('/api/v1/{workspace}/operations/{operation_id}', { params: { path } }),
    onSuccess: () =>
      queryClient.invalidateQueries({ queryKey: ['get', '/api/v1/{workspace}/operations/{operation_id}'] }),
  });
  const job = operation.data;
  if (!job) return null;
  const going = job.state === 'queued' || job.state === 'running';
  const counts = job.state === 'done' ? countsOf(job.result) : null;
  const word = counts ? outcomeOf({ state: job.state, ...counts }).word : `status:job.${job.state}`;
  const share = job.total ? job.done / job.total : job.state === 'done' ? 1 : 0;
  return (
    <div className="form-note" role="status">
      <div className="cluster">
        <b className={counts && counts.rejected > 0 ? 'tone-caution' : undefined}>{t(word)}</b>
        <span className="label">
          {t('import.progress', {
            done: format.count(job.done),
            total: job.total === null ? '–' : format.count(job.total),
            unit: t(`import.unit.${job.unit}`, { defaultValue: job.unit }),
          })}
        </span>
        {going ? (
          <Button quiet busy={cancel.isPending || job.cancel_requested} onClick={() => cancel.mutate()}>
            {t(job.cancel_requested ? 'import.cancelling' : 'common:action.cancel')}
          </Button>
        ) : null}
      </div>
      <Progress
        share={share}
        done={job.state === 'done' && !counts?.rejected}
        label={t('import.progressLabel')}
      />
      {counts ? (
        <p className="label">
          {(['loaded', 'unchanged', 'rejected'] as const)
            .map((name) => `${t(`import.column.${name}`)} ${format.count(counts[name])}`)
            .join(' · ')}
        </p>
      ) : null}
      {job.error ? (
        <Notice tone="critical">
          {t(`import.fault.${job.error.code}`, { ...job.error.values, defaultValue: job.error.detail })}
        </Notice>
      ) : null}
    </div>
  );
}
