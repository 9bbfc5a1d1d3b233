/** Beside the lines: who has the order, its tags, what people wrote and attached. */
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
import { Age } from '~/ui/Clock';
import { Icon } from '~/ui/Icon';
import { Notice } from '~/ui/states';
import { HolderOptions, wishOf } from '../hands/HolderOptions';
import { useColleagues } from '../hands/use_colleagues';
import './TeamworkCard.css';

type Teamwork = Schemas['Teamwork'];
type Colleagues = Schemas['Colleagues'];
type Mention = Schemas['MentionIn'];
const KEY = '/api/v1/{workspace}/supply/orders/{order_id}/teamwork';
const LONGEST = 4000;

export function TeamworkCard({ orderId }: { orderId: string }): JSX.Element | null {
  const { t } = useTranslation('teamwork');
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const problems = useProblems();
  const denied = useDenied('orders.hold');
  const path = { workspace: workspace.slug, order_id: orderId };
  const options = { params: { path } };
  const shown = api.useQuery('get', KEY, options);
  const others = useColleagues();
  const act = useMutation({
    mutationFn: async (run: () => Promise<{ data?: Teamwork }>) => (await run()).data,
    onSuccess: (data) => {
      if (data) queryClient.setQueryData(['get', KEY, options], data);
    },
  });
  if (!shown.data) return null;
  const data = shown.data;
  return (
    <Card title={t('card.title')}>
      {act.isError ? <Notice tone="critical">{problems.text(act.error, t('card.failed'))}</Notice> : null}
      <Assignee
        data={data}
        colleagues={others}
        denied={denied}
        onChange={(body) =>
          act.mutate(() =>
            client.PUT('/api/v1/{workspace}/supply/orders/{order_id}/assignee', { ...options, body }),
          )
        }
      />
      <Tags
        data={data}
        colleagues={others}
        denied={denied}
        onChange={(tags) =>
          act.mutate(() =>
            client.PUT('/api/v1/{workspace}/supply/orders/{order_id}/tags', { ...options, body: { tags } }),
          )
        }
      />
      <Notes
        data={data}
        colleagues={others}
        busy={act.isPending}
        onAdd={(body, done) =>
          act.mutate(
            () => client.POST('/api/v1/{workspace}/supply/orders/{order_id}/notes', { ...options, body }),
            { onSuccess: done },
          )
        }
        onDelete={(noteId) =>
          act.mutate(() =>
            client.DELETE('/api/v1/{workspace}/supply/orders/{order_id}/notes/{note_id}', {
              params: { path: { ...path, note_id: noteId } },
            }),
          )
        }
      />
      <Files
        data={data}
        orderId={orderId}
        denied={denied}
        busy={act.isPending}
        onAttach={(file) => act.mutate(() => upload(workspace.slug, orderId, file))}
        onDelete={(fileId) =>
          act.mutate(() =>
            client.DELETE('/api/v1/{workspace}/supply/orders/{order_id}/attachments/{file_id}', {
              params: { path: { ...path, file_id: fileId } },
            }),
          )
        }
      />
    </Card>
  );
}

/** The body is the file as it is; the typed client would read it into memory first. */
async function upload(workspace: string, orderId: string, file: File): Promise<{ data: Teamwork }> {
  const query = new URLSearchParams({ file_name: file.name });
  const response = await fetch(
    `/api/v1/${encodeURIComponent(workspace)}/supply/orders/${orderId}/attachments?${query}`,
    { method: 'POST', body: file, headers: { 'Content-Type': 'application/octet-stream', ...csrfHeaders() } },
  ).catch((error: unknown) => {
    throw new ApiProblem(0, { detail: String(error) }, null);
  });
  if (!response.ok) throw await problemOf(response);
  return { data: (await response.json()) as Teamwork };
}

function Assignee({
  data,
  colleagues,
  denied,
  onChange,
}: {
  data: Teamwork;
  colleagues: Colleagues;
  denied: string | null;
  onChange(body: Schemas['AssigneeIn']): void;
}): JSX.Element {
  const { t } = useTranslation('teamwork');
  const value = data.assignee ? `${data.assignee.type}:${data.assignee.id}` : '';
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
        <option value="">{t('card.nobody')}</option>
        {data.assignee &&
        ![...colleagues.people, ...colleagues.teams].some((one) => one.id === data.assignee?.id) ? (
          <option value={value}>{data.assignee.name}</option>
        ) : null}
        <HolderOptions colleagues={colleagues} />
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

function Notes({
  data,
  colleagues,
  busy,
  onAdd,
  onDelete,
}: {
  data: Teamwork;
  colleagues: Colleagues;
  busy: boolean;
  onAdd(note: Schemas['NoteIn'], done: () => void): void;
  onDelete(noteId: string): void;
}): JSX.Element {
  const { t } = useTranslation('teamwork');
  const [body, setBody] = useState('');
  const [mentions, setMentions] = useState<(Mention & { name: string })[]>([]);
  const everybody = [
    ...colleagues.teams.map((team) => ({ type: 'team' as const, id: team.id, name: team.name })),
    ...colleagues.people.map((one) => ({ type: 'person' as const, id: one.id, name: one.name })),
  ];
  const free = everybody.filter((one) => !mentions.some((told) => told.id === one.id));
  const mention = (id: string): void => {
    const one = everybody.find((each) => each.id === id);
    if (!one) return;
    setMentions([...mentions, one]);
    if (!body.includes(`@${one.name}`))
      setBody(`${body}${body && !/\s$/.test(body) ? ' ' : ''}@${one.name} `);
  };
  // A name that was typed after an @ counts, too: who types it means it.
  const typed = everybody.filter((one) => body.includes(`@${one.name}`));
  const told = [...mentions, ...typed.filter((one) => !mentions.some((each) => each.id === one.id))];
  return (
    <div className="together-part">
      <span className="label">{t('card.notes')}</span>
      {data.notes.length === 0 ? <p className="quiet">{t('card.noNotes')}</p> : null}
      {data.notes.map((note) => (
        <div key={note.id}>
          <span className="together-row">
            <span className="label">
              <b>{note.author}</b> · <Age at={note.created_at} />
            </span>
            {note.mine ? (
              <Button quiet aria-label={t('card.deleteNote')} onClick={() => onDelete(note.id)}>
                <Icon name="close" size={12} />
              </Button>
            ) : null}
          </span>
          <p className="together-note">{note.body}</p>
        </div>
      ))}
      <textarea
        className="field"
        rows={2}
        maxLength={LONGEST}
        aria-label={t('card.note')}
        placeholder={t('card.placeholder')}
        value={body}
        onChange={(event) => setBody(event.target.value)}
      />
      {free.length > 0 ? (
        <select
          className="select"
          aria-label={t('card.mention')}
          value=""
          onChange={(event) => mention(event.target.value)}
        >
          <option value="">{t('card.mention')}</option>
          {free.map((one) => (
            <option key={one.id} value={one.id}>
              {one.name}
            </option>
          ))}
        </select>
      ) : null}
      {told.length > 0 ? (
        <span className="label">{t('card.told', { names: told.map((one) => one.name).join(', ') })}</span>
      ) : null}
      {body.trim() ? (
        <span>
          <Button
            busy={busy}
            onClick={() =>
              onAdd({ body: body.trim(), mentions: told.map(({ type, id }) => ({ type, id })) }, () => {
                setBody('');
                setMentions([]);
              })
            }
          >
            {t('card.add')}
          </Button>
        </span>
      ) : null}
    </div>
  );
}

function Files({
  data,
  orderId,
  denied,
  busy,
  onAttach,
  onDelete,
}: {
  data: Teamwork;
  orderId: string;
  denied: string | null;
  busy: boolean;
  onAttach(file: File): void;
  onDelete(fileId: string): void;
}): JSX.Element {
  const { t } = useTranslation('teamwork');
  const format = useFormats();
  const workspace = useWorkspace();
  const input = useRef<HTMLInputElement>(null);
  const [tooLarge, setTooLarge] = useState(false);
  const most = format.size(data.largest_file);
  return (
    <div className="together-part">
      <span className="label">{t('card.files')}</span>
      {data.files.map((file) => (
        <span key={file.id} className="together-row">
          <span>
            <a
              href={`/api/v1/${encodeURIComponent(workspace.slug)}/supply/orders/${orderId}/attachments/${file.id}`}
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
              onClick={() => onDelete(file.id)}
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
    </div>
  );
}
