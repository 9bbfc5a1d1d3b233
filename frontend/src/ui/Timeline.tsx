/** What happened, newest first: the time, who did it, and one sentence. */
import type { JSX, ReactNode } from 'react';
import { useFormats } from '~/lib/locale';
import { useNow } from '~/lib/now';
import { type Actor, ProvenanceMark } from '~/ui/Provenance';
import './Timeline.css';

export interface TimelineEntry {
  id: string;
  at: string;
  actor: Actor;
  outcome?: string;
  children: ReactNode;
}

export function Timeline({ entries, zone }: { entries: TimelineEntry[]; zone?: string }): JSX.Element {
  const format = useFormats();
  const now = useNow(60_000);
  const where = zone ? { zone } : undefined;
  return (
    <ol className="timeline">
      {entries.map((entry) => (
        <li key={entry.id}>
          <time
            className="label"
            dateTime={entry.at}
            title={format.dateTime(entry.at, { ...where, seconds: true })}
          >
            {now - Date.parse(entry.at) < 20 * 3_600_000
              ? format.time(entry.at, { ...where, bare: true })
              : format.date(entry.at, where)}
          </time>
          <span className={entry.outcome === 'failed' ? 'timeline-text tone-critical' : 'timeline-text'}>
            <ProvenanceMark type={entry.actor.type} /> {entry.children}
          </span>
        </li>
      ))}
    </ol>
  );
}
