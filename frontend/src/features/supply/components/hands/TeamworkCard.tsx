/** Working together on an order or an exception: who has it, its tags, what people wrote and attached. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, api, client, csrfHeaders, problemOf, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { useDenied } from '~/lib/reason';
import { useWorkspace } from '~/lib/session';
import { offerUndo } from '~/lib/undo';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { Icon } from '~/ui/Icon';
import { FailedState, Notice, SkeletonCard } from '~/ui/states';
import { type Handed, HolderOptions, wishOf } from './HolderOptions';
import { Notes } from './Notes';
import { useColleagues } from './use_colleagues';
import './TeamworkCard.css';

type Teamwork = Schemas['Teamwork'];
type Colleagues = Schemas['Colleagues'];
const ACTS = { order: 'orders.hold', exception: 'exceptions.resolve' } as const;

/** The same routes are there for every kind of thing (supply/together/routes.py); the typed client knows them by an order's. */
function of<P extends string>(kind: Handed, path: P): P {
  return path.replace('/orders/', `/${kind}s/`) as P;
}

export function TeamworkCard({
  kind,
  id,
  withOrder = null,
}: {
  kind: Handed;
  id: string;
  /** Who has the order of an exception that nobody was given. */
  withOrder?: string | null;
}): JSX.Element {
  const { t } = useTranslation('teamwork');
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const problems = useProblems();
  const denied = useDenied(ACTS[kind]);
  const path = { workspace: workspace.slug, order_id: id };
  const options = { params: { path } };
  const key = of(kind, '/api/v1/{workspace}/supply/orders/{order_id}/teamwork');
  const shown = api.useQuery('get', key, options);
  const others = useColleagues();
  const act = useMutation({
    mutationFn: async (run: () => Promise<{ data?: Teamwork }>) => (await run()).data,
    onSuccess: (data) => took(data),
  });
  const took = (data: Teamwork | undefined): void => {
    if (!data) return;
    queryClient.setQueryData(['get', key, options], data);
    // The rows of its list name who has it, too.
    void queryClient.invalidateQueries({
      predicate: (each) => String(each.queryKey[1]).endsWith(`/supply/${kind}s`),
    });
  };
  /** Offered above the pages: the next one may be open by the time it is wanted back. */
  const offer = (what: string, said: string, back: () => Promise<{ data?: Teamwork }>): void =>
    offerUndo({ id: what, said, back: async () => took((await back()).data) });
  if (shown.isError)
    return (
      <FailedState compact what={t('card.title')} error={shown.error} onRetry={() => void shown.refetch()} />
    );
  if (!shown.data) return <SkeletonCard lines={4} />;
  const data = shown.data;
  return (
    <Card title={t('card.title')}>
      {act.isError ? <Notice tone="critical">{problems.text(act.error, t('card.failed'))}</Notice> : null}
      <Assignee
        kind={kind}
        data={data}
        colleagues={others}
        withOrder={withOrder}
        denied={denied}
        onChange={(body) =>
          act.mutate(() =>
            client.PUT(of(kind, '/api/v1/{workspace}/supply/orders/{order_id}/assignee'), {
              ...options,
              body,
            }),
          )
        }
      />
      <Tags
        data={data}
        colleagues={others}
        denied={denied}
        onChange={(tags) =>
          act.mutate(() =>
            client.PUT(of(kind, '/api/v1/{workspace}/supply/orders/{order_id}/tags'), {
              ...options,
              body: { tags },
            }),
          )
        }
      />
      <Notes
        key={`${workspace.slug} ${kind} ${id}`}
        of={`${workspace.slug} ${kind} ${id}`}
        notes={data.notes}
        everybody={data.seen_by}
        busy={act.isPending}
        onAdd={(body, done) =>
          act.mutate(
            () =>
              client.POST(of(kind, '/api/v1/{workspace}/supply/orders/{order_id}/notes'), {
                ...options,
                body,
              }),
            { onSuccess: done },
          )
        }
        onDelete={(noteId, done) => {
          const params = { path: { ...path, note_id: noteId } };
          act.mutate(
            () =>
              client.DELETE(of(kind, '/api/v1/{workspace}/supply/orders/{order_id}/notes/{note_id}'), {
                params,
              }),
            {
              onSuccess: () => {
                done();
                offer(noteId, t('card.noteGone'), () =>
                  client.POST(
                    of(kind, '/api/v1/{workspace}/supply/orders/{order_id}/notes/{note_id}/restoration'),
                    { params },
                  ),
                );
              },
            },
          );
        }}
      />
      <Files
        kind={kind}
        id={id}
        data={data}
        denied={denied}
        busy={act.isPending}
        onAttach={(file) => act.mutate(() => upload(workspace.slug, kind, id, file))}
        onDelete={(file, done) => {
          const params = { path: { ...path, file_id: file.id } };
          act.mutate(
            () =>
              client.DELETE(of(kind, '/api/v1/{workspace}/supply/orders/{order_id}/attachments/{file_id}'), {
                params,
              }),
            {
              onSuccess: () => {
                done();
                offer(file.id, t('card.fileGone', { name: file.file_name }), () =>
                  client.POST(
                    of(
                      kind,
                      '/api/v1/{workspace}/supply/orders/{order_id}/attachments/{file_id}/restoration',
                    ),
                    { params },
                  ),
                );
              },
            },
          );
        }}
      />
    </Card>
  );
}

/** The body is the file as it is; the typed client would read it into memory first. */
async function upload(workspace: string, kind: Handed, id: string, file: File): Promise<{ data: Teamwork }> {
  const query = new URLSearchParams({ file_name: file.name });
  const response = await fetch(
    `/api/v1/${encodeURIComponent(workspace)}/supply/${kind}s/${id}/attachments?${query}`,
    { method: 'POST', body: file, headers: { 'Content-Type': 'application/octet-stream', ...csrfHeaders() } },
  ).catch((error: unknown) => {
    throw new ApiProblem(0, { detail: String(error) }, null);
  });
  if (!response.ok) throw await problemOf(response);
  return { data: (await response.json()) as Teamwork };
}

function Assignee({
  kind,
  data,
  colleagues,
  withOrder,
  denied,
  onChange,
}: {
  kind: Handed;
  data: Teamwork;
  colleagues: Colleagues;
  withOrder: string | null;
  denied: string | null;
  onChange(body: Schemas['AssigneeIn']): void;
}): JSX.Element {
  const { t } = useTranslation('teamwork');
  const value = data.assignee ? `${data.assignee.type}:${data.assignee.id}` : '';
  const seeing = new Set(data.seen_by.map((one) => one.id));
  const able = { ...colleagues, people: colleagues.people.filter((one) => seeing.has(one.id)) };
  return (
    <div className="together-part">
      <label className="label" htmlFor="together-assignee">
        {t('card.assignee')}
        {data.assigned_how === 'rule' ? `, ${t('card.byRule')}` : ''}
      </label>
      <select
        id="together-assignee"
        className="select"
        value={value}
        disabled={denied !== null}
        title={denied ?? undefined}
        onChange={(event) => onChange(wishOf(event.target.value))}
      >
        <option value="">{withOrder ? t('card.withOrder', { name: withOrder }) : t('card.nobody')}</option>
        {data.assignee && ![...able.people, ...able.teams].some((one) => one.id === data.assignee?.id) ? (
          <option value={value}>{data.assignee.name}</option>
        ) : null}
        <HolderOptions kind={kind} colleagues={able} />
      </select>
    </div>
  );
}

function Tags({
  data,
  colleagues,
  denied,
  onChange,
}: {
  data: Teamwork;
  colleagues: Colleagues;
  denied: string | null;
  onChange(tags: string[]): void;
}): JSX.Element | null {
  const { t } = useTranslation('teamwork');
  const on = data.tags.map((tag) => tag.id);
  const free = colleagues.tags.filter((tag) => !on.includes(tag.id));
  if (data.tags.length === 0 && free.length === 0) return null;
  return (
    <div className="together-part">
      <span className="label">{t('card.tags')}</span>
      <span className="cluster">
        {data.tags.map((tag) => (
          <span key={tag.id} className={`tag tag-${tag.colour}`}>
            {tag.name}
            {denied ? null : (
              <button
                type="button"
                className="tag-remove"
                aria-label={t('card.removeTag', { name: tag.name })}
                onClick={() => onChange(on.filter((id) => id !== tag.id))}
              >
                <Icon name="close" size={12} />
              </button>
            )}
          </span>
        ))}
      </span>
      {free.length > 0 && !denied ? (
        <select
          className="select"
          aria-label={t('card.addTag')}
          value=""
          onChange={(event) => event.target.value && onChange([...on, event.target.value])}
        >
          <option value="">{t('card.addTag')}</option>
          {free.map((tag) => (
            <option key={tag.id} value={tag.id}>
              {tag.name}
            </option>
          ))}
        </select>
      ) : null}
    </div>
  );
}

function Files({
  kind,
  id,
  data,
  denied,
  busy,
  onAttach,
  onDelete,
}: {
  kind: Handed;
  id: string;
  data: Teamwork;
  denied: string | null;
  busy: boolean;
  onAttach(file: File): void;
  onDelete(file: Teamwork['files'][number], done: () => void): void;
}): JSX.Element {
  const { t } = useTranslation('teamwork');
  const format = useFormats();
  const workspace = useWorkspace();
  const input = useRef<HTMLInputElement>(null);
  const part = useRef<HTMLFieldSetElement>(null);
  const [tooLarge, setTooLarge] = useState(false);
  const most = format.size(data.largest_file);
  return (
    <fieldset ref={part} className="together-part" tabIndex={-1} aria-label={t('card.files')}>
      <span className="label">{t('card.files')}</span>
      {data.files.map((file) => (
        <span key={file.id} className="together-row">
          <span>
            <a
              href={`/api/v1/${encodeURIComponent(workspace.slug)}/supply/${kind}s/${id}/attachments/${file.id}`}
              target="_blank"
              rel="noreferrer"
            >
              {file.file_name}
            </a>{' '}
            <span className="label">
              {format.size(file.size)} · {file.added_by}
            </span>
          </span>
          {denied ? null : (
            <Button
              quiet
              aria-label={t('card.deleteFile', { name: file.file_name })}
              onClick={() => onDelete(file, () => part.current?.focus())}
            >
              <Icon name="close" size={12} />
            </Button>
          )}
        </span>
      ))}
      <input
        ref={input}
        type="file"
        accept={data.file_kinds.join(',')}
        hidden
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = '';
          if (!file) return;
          setTooLarge(file.size > data.largest_file);
          if (file.size <= data.largest_file) onAttach(file);
        }}
      />
      {tooLarge ? <Notice tone="critical">{t('card.tooLarge', { most })}</Notice> : null}
      <span>
        <Button reason={denied} busy={busy} onClick={() => input.current?.click()}>
          {t('card.attach')}
        </Button>
      </span>
      <span className="label unprinted">{t('card.kinds', { kinds: data.file_kinds.join(' '), most })}</span>
    </fieldset>
  );
}
