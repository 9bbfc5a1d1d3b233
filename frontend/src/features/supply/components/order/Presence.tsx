/** Who else is typing into this order now; and telling them that one does. Said every 20 seconds, kept nowhere. */
import { useQuery } from '@tanstack/react-query';
import { type JSX, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '~/lib/api';
import { useWorkspace } from '~/lib/session';
import { Icon } from '~/ui/Icon';

const EVERY_MS = 20_000;

/** 1, 2, 3, 7 as `1–3, 7`. */
export function spans(sequences: readonly string[]): string {
  const numbers = [...new Set(sequences.map((one) => Number(one)))].sort((a, b) => a - b);
  if (numbers.some((one) => !Number.isInteger(one))) return [...sequences].sort().join(', ');
  const found: [number, number][] = [];
  for (const one of numbers) {
    const last = found.at(-1);
    if (last && last[1] === one - 1) last[1] = one;
    else found.push([one, one]);
  }
  return found.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(', ');
}

export function Presence({ orderId, lines }: { orderId: string; lines: string[] }): JSX.Element | null {
  const { t } = useTranslation('orderpage');
  const workspace = useWorkspace();
  const path = { workspace: workspace.slug, order_id: orderId };
  const mine = lines.join();
  const others = useQuery({
    queryKey: ['presence', orderId],
    queryFn: async () =>
      (
        await client.PUT('/api/v1/{workspace}/supply/orders/{order_id}/presence', {
          params: { path },
          body: { lines: mine ? mine.split(',') : [] },
        })
      ).data ?? null,
    refetchInterval: EVERY_MS,
    retry: false,
    gcTime: 0,
  });
  const { refetch } = others;
  // What is typed into is told at once when it begins and when it ends; in between the next beat tells it.
  const typing = lines.length > 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the moment at which typing begins or ends.
  useEffect(() => {
    void refetch();
  }, [typing, refetch]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: said once, when the page is left.
  useEffect(
    () => () => {
      if (!typing) return;
      void client
        .PUT('/api/v1/{workspace}/supply/orders/{order_id}/presence', {
          params: { path },
          body: { lines: [] },
        })
        .catch(() => undefined);
    },
    [typing],
  );
  const editors = others.data?.editors ?? [];
  return (
    <div role="status">
      {editors.map((one) => (
        <p key={one.id} className="presence">
          <Icon name="hand" size={12} />{' '}
          {t('presence.one', {
            name: one.name,
            lines: t('presence.line', { count: one.lines.length, numbers: spans(one.lines) }),
          })}
        </p>
      ))}
    </div>
  );
}
