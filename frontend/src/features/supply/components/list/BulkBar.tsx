/** What is selected and what can be done with it. Rejecting is not among it: that is done line by line. */
import { Menu } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { useDenied } from '~/lib/reason';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';
import { Sums } from '~/ui/Money';
import { Notice, SkeletonCard } from '~/ui/states';
import { Toast } from '~/ui/Toast';
import { AssignDialog, TagDialog } from '../hands/HandDialogs';
import type { Chosen, Told, useBulk, Wish } from './use_bulk';

export type Asking = 'hold' | 'outside' | 'decide' | 'assign' | 'tag' | null;
export const MOST_PRINTED = 50;

export function BulkBar({
  count,
  units,
  sums,
  ready,
  noneReady,
  asking,
  onAsking,
  chosen,
  bulk,
  onConfirm,
  onClear,
  onExport,
  onPrint,
}: {
  count: number;
  units: number;
  sums: Schemas['CurrencyValue'][];
  /** How many of them can be confirmed as proposed. */
  ready: number;
  noneReady: string | null;
  asking: Asking;
  onAsking(asking: Asking): void;
  chosen: Chosen;
  bulk: ReturnType<typeof useBulk>;
  onConfirm(): void;
  onClear(): void;
  onExport(): void;
  onPrint(): void;
}): JSX.Element {
  const { t } = useTranslation(['supply', 'lists', 'doors']);
  const format = useFormats();
  const mayNotConfirm = useDenied('orders.confirm');
  const mayNotHold = useDenied('orders.hold');
  const act = (wish: Omit<Wish, 'chosen'>): void =>
    bulk.act.mutate({ ...wish, chosen }, { onSuccess: () => onAsking(null) });
  const handing = {
    count,
    busy: bulk.act.isPending,
    error: bulk.act.isError ? bulk.act.error : null,
    onClose: () => onAsking(null),
    onAct: act,
  };
  return (
    <section className="bulk-bar" data-foot aria-label={t('orders.selection')}>
      <b>{t('orders.selected', { count })}</b>
      <span className="label">
        {t('orders.units', { units: format.count(units) })} · <Sums sums={sums} />
      </span>
      <Button quiet onClick={onClear}>
        {t('orders.clearSelection')}
      </Button>
      <span className="push" />
      <Button reason={mayNotHold} onClick={() => onAsking('hold')}>
        {t('lists:bulk.hold')}
      </Button>
      <Button reason={mayNotHold} busy={bulk.act.isPending} onClick={() => act({ action: 'release' })}>
        {t('lists:bulk.release')}
      </Button>
      <Button reason={mayNotHold} onClick={() => onAsking('assign')}>
        {t('lists:bulk.assign')}
      </Button>
      <Menu position="top-end" width={260}>
        <Menu.Target>
          <button type="button" className="button button-plain">
            {t('lists:bulk.more')}
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item disabled={mayNotHold !== null} onClick={() => onAsking('tag')}>
            {t('lists:bulk.tag')}
          </Menu.Item>
          <Menu.Item disabled={mayNotHold !== null} onClick={() => onAsking('decide')}>
            {t('lists:bulk.decide')}
          </Menu.Item>
          <Menu.Item disabled={mayNotHold !== null} onClick={() => onAsking('outside')}>
            {t('lists:bulk.outside')}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item onClick={onExport}>{t('lists:bulk.export')}</Menu.Item>
          <Menu.Item disabled={count > MOST_PRINTED} onClick={onPrint}>
            {count > MOST_PRINTED
              ? t('lists:bulk.printMost', { count: MOST_PRINTED })
              : t('lists:bulk.print')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Button primary reason={mayNotConfirm ?? noneReady} onClick={onConfirm}>
        {ready > 0 ? t('orders.confirmSelected', { count: ready }) : t('doors:sheet.confirm')}
      </Button>
      {asking === 'hold' || asking === 'outside' ? (
        <ReasonDialog
          kind={asking}
          count={count}
          bulk={bulk}
          onClose={() => onAsking(null)}
          onAct={(reason) => act({ action: asking === 'hold' ? 'hold' : 'answered_outside', reason })}
        />
      ) : null}
      {asking === 'assign' ? (
        <AssignDialog
          {...handing}
          kind="order"
          onAct={(holder) => handing.onAct({ action: 'assign', ...holder })}
        />
      ) : null}
      {asking === 'tag' ? <TagDialog {...handing} /> : null}
      {asking === 'decide' ? (
        <DecideDialog
          count={count}
          chosen={chosen}
          bulk={bulk}
          onClose={() => onAsking(null)}
          onAct={() => act({ action: 'decide' })}
        />
      ) : null}
    </section>
  );
}

function ReasonDialog({
  kind,
  count,
  bulk,
  onClose,
  onAct,
}: {
  kind: 'hold' | 'outside';
  count: number;
  bulk: ReturnType<typeof useBulk>;
  onClose(): void;
  onAct(reason: string): void;
}): JSX.Element {
  const { t } = useTranslation(['lists', 'common']);
  const problems = useProblems();
  const [reason, setReason] = useState('');
  const hold = kind === 'hold';
  return (
    <Dialog
      title={t(hold ? 'bulk.holdTitle' : 'bulk.outsideTitle', { count })}
      opened
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t('common:action.cancel')}</Button>
          <Button
            primary
            busy={bulk.act.isPending}
            reason={reason.trim() ? null : t('bulk.reasonMissing')}
            onClick={() => onAct(reason.trim())}
          >
            {hold ? t('bulk.holdTitle', { count }) : t('bulk.outsideSubmit')}
          </Button>
        </>
      }
    >
      {bulk.act.isError ? <Notice tone="critical">{problems.text(bulk.act.error)}</Notice> : null}
      <p className="quiet">{t(hold ? 'bulk.holdText' : 'bulk.outsideText')}</p>
      <label className="hold-reason">
        {t(hold ? 'bulk.reason' : 'bulk.outsideReason')}
        <textarea
          className="field"
          rows={3}
          maxLength={500}
          value={reason}
          data-autofocus
          onChange={(event) => setReason(event.target.value)}
        />
      </label>
    </Dialog>
  );
}

/** What the rules would say now, before they say it. */
function DecideDialog({
  count,
  chosen,
  bulk,
  onClose,
  onAct,
}: {
  count: number;
  chosen: Chosen;
  bulk: ReturnType<typeof useBulk>;
  onClose(): void;
  onAct(): void;
}): JSX.Element {
  const { t } = useTranslation(['lists', 'common', 'supply']);
  const problems = useProblems();
  const format = useFormats();
  const workspace = useWorkspace();
  const [asked, setAsked] = useState(false);
  const preview = useMutation({
    mutationFn: async () => {
      const { data } = await client.POST('/api/v1/{workspace}/supply/orders/bulk/preview', {
        params: { path: { workspace: workspace.slug } },
        body: chosen,
      });
      return data as Schemas['BulkPreview'];
    },
  });
  if (!asked) {
    setAsked(true);
    queueMicrotask(() => preview.mutate());
  }
  const found = preview.data;
  return (
    <Dialog
      title={t('bulk.decideTitle')}
      opened
      onClose={onClose}
      size={720}
      footer={
        <>
          <Button onClick={onClose}>{t('common:action.cancel')}</Button>
          <Button
            primary
            busy={bulk.act.isPending || preview.isPending}
            reason={preview.isError ? problems.text(preview.error) : null}
            onClick={onAct}
          >
            {t('bulk.decideSubmit', { count })}
          </Button>
        </>
      }
    >
      {preview.isError ? <Notice tone="critical">{problems.text(preview.error)}</Notice> : null}
      {bulk.act.isError ? <Notice tone="critical">{problems.text(bulk.act.error)}</Notice> : null}
      <p className="quiet">{t('bulk.decideText')}</p>
      {found ? (
        <>
          <p>
            {t('bulk.decideLooked', {
              waiting: format.count(found.waiting),
              orders: format.count(found.orders),
              looked: format.count(found.looked_at),
            })}
          </p>
          {found.changed.length === 0 ? (
            <p>{t('bulk.decideNone')}</p>
          ) : (
            <table className="review-table">
              <thead>
                <tr>
                  <th>{t('supply:column.order')}</th>
                  <th className="num">{t('lines.asked')}</th>
                  <th className="num">{t('bulk.was')}</th>
                  <th className="num">{t('bulk.becomes')}</th>
                  <th className="num">{t('bulk.cutWas')}</th>
                  <th className="num">{t('bulk.cutBecomes')}</th>
                  <th />
                </tr>
              </thead>
              <tbody>
                {found.changed.map((one) => (
                  <tr key={one.id}>
                    <td className="mono">{one.po_number}</td>
                    <td className="num">{format.count(one.asked)}</td>
                    <td className="num">{format.count(one.taken_was)}</td>
                    <td className="num">{format.count(one.taken)}</td>
                    <td className="num">{format.count(one.cut_was)}</td>
                    <td className="num">{format.count(one.cut)}</td>
                    <td>{one.held ? t('bulk.wouldHold') : ''}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </>
      ) : preview.isError ? null : (
        <SkeletonCard lines={4} />
      )}
    </Dialog>
  );
}

/** What was done or refused, and what is under way, with a way to stop it; what can be undone is offered above the pages. */
export function BulkToast({ bulk }: { bulk: ReturnType<typeof useBulk> }): JSX.Element | null {
  const { t } = useTranslation('lists');
  const problems = useProblems();
  const format = useFormats();
  const told: Told | null = bulk.told;
  if (bulk.running) {
    return (
      <Toast>
        <progress value={bulk.running.done} max={bulk.running.total || 1} aria-hidden="true" />
        <span>
          {t('bulk.running', {
            done: format.count(bulk.running.done),
            total: format.count(bulk.running.total),
          })}
        </span>
        <Button quiet onClick={bulk.stop}>
          {t('bulk.stop')}
        </Button>
      </Toast>
    );
  }
  if (!told) return null;
  return (
    <Toast>
      <div>
        {told.undoable ? null : (
          <p>
            {told.stopped
              ? t('bulk.stopped', {
                  done: format.count(told.stopped.done),
                  total: format.count(told.stopped.total),
                })
              : t(`bulk.done.${told.action}`, { count: told.done })}{' '}
            {told.stopped?.why ? problems.refusal(told.stopped.why) : null}
          </p>
        )}
        {told.refused.length > 0 ? (
          <>
            <p>{t('bulk.refused', { count: told.refusedCount })}</p>
            <ul className="bulk-list">
              {told.refused.slice(0, 20).map((one) => (
                <li key={one.id}>
                  <span className="mono">{one.po_number}</span> {problems.refusal(one)}
                </li>
              ))}
            </ul>
          </>
        ) : null}
      </div>
      <Button quiet onClick={bulk.dismiss}>
        {t('bulk.dismiss')}
      </Button>
    </Toast>
  );
}
