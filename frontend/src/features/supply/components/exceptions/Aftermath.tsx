/** What was done to exceptions, and what is still being done: it outlives the list and the cause that it was pressed in. */
import { type JSX, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Progress } from '~/ui/Progress';
import { Notice } from '~/ui/states';
import type { Refused } from './use_acting';

/** Many that a worker mends, one after the other. */
export interface Watched {
  id: string;
  cause: string;
  /** `wrong`: how many were refused, of which the first are named. */
  onEnd(refused: Refused[], wrong: number, done: number, stopped: boolean): void;
}

export interface Aftermath {
  said: string | null;
  say(words: string): void;
  watched: Watched[];
  watch(one: Watched): void;
  unwatch(id: string): void;
  /** What was not mended of the last that was pressed. */
  refused: { cause: string; ones: Refused[]; count: number } | null;
  refuse(cause: string, ones: Refused[], count?: number): void;
}

export function useAftermath(): Aftermath {
  const [said, say] = useState<string | null>(null);
  const [watched, setWatched] = useState<Watched[]>([]);
  const [refused, setRefused] = useState<Aftermath['refused']>(null);
  return {
    said,
    say,
    watched,
    watch: (one) => setWatched((before) => [...before, one]),
    unwatch: (id) => setWatched((before) => before.filter((one) => one.id !== id)),
    refused,
    refuse: (cause, ones, count = ones.length) => setRefused(ones.length > 0 ? { cause, ones, count } : null),
  };
}

export function AftermathView({ of }: { of: Aftermath }): JSX.Element {
  const { t } = useTranslation('exceptions');
  const problems = useProblems();
  const { said, refused } = of;
  const first = refused?.ones[0];
  return (
    <div className="exceptions-after">
      <p className={said ? 'exceptions-said' : 'visually-hidden'} role="status">
        {said}
      </p>
      {of.watched.map((one) => (
        <Watching
          key={one.id}
          watched={one}
          onEnd={(...ended) => {
            of.unwatch(one.id);
            one.onEnd(...ended);
          }}
        />
      ))}
      {refused && first ? (
        <Notice
          tone="caution"
          action={
            <Button quiet onClick={() => of.refuse(refused.cause, [])}>
              {t('common:action.dismiss')}
            </Button>
          }
        >
          <b>{t(`cause.${refused.cause}`, { defaultValue: refused.cause })}</b> ·{' '}
          {t('refused', { count: refused.count })}{' '}
          {first.po_number ? <span className="mono">{first.po_number} </span> : null}
          {problems.refusal(first)}
        </Notice>
      ) : null}
    </div>
  );
}

const WATCH_MS = 1500;

/** How far it is, and the way to end it. */
function Watching({ watched, onEnd }: { watched: Watched; onEnd: Watched['onEnd'] }): JSX.Element {
  const { t } = useTranslation('exceptions');
  const format = useFormats();
  const workspace = useWorkspace();
  const params = { path: { workspace: workspace.slug, operation_id: watched.id } };
  const operation = api.useQuery(
    'get',
    '/api/v1/{workspace}/supply/exceptions/actions/{operation_id}',
    { params },
    { refetchInterval: WATCH_MS },
  );
  const state = operation.data?.state;
  // biome-ignore lint/correctness/useExhaustiveDependencies: told once, when the operation ends.
  useEffect(() => {
    if (!operation.data || state === 'queued' || state === 'running') return;
    const { refused, refused_count, done } = operation.data;
    onEnd(refused, refused_count, done, state !== 'done');
  }, [state]);
  const done = operation.data?.done ?? 0;
  const total = operation.data?.total ?? 0;
  const cause = t(`cause.${watched.cause}`, { defaultValue: watched.cause });
  return (
    <div className="exceptions-said" role="status">
      <Progress share={done / (total || 1)} done={false} label={cause} />
      <b>{cause}</b> · {t('running', { done: format.count(done), total: format.count(total) })}{' '}
      <Button
        quiet
        onClick={() =>
          void client.DELETE('/api/v1/{workspace}/supply/exceptions/actions/{operation_id}', { params })
        }
      >
        {t('stop')}
      </Button>
    </div>
  );
}
