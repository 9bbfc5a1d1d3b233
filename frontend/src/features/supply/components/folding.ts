/** What happens to many orders in one go stands once, with how often: a run of the same deed of the same actor on one day. */
import type { Schemas } from '~/lib/api';

type Event = Schemas['Event'];

export interface Folded {
  /** The newest of the run. */
  event: Event;
  /** The others, the newest first. */
  more: Event[];
}

/** Deeds that say the same of every order. */
const ALIKE: ReadonlySet<string> = new Set(['order.proposed']);

function foldable(event: Event): boolean {
  return ALIKE.has(event.kind) && event.outcome !== 'failed';
}

export function fold(events: readonly Event[], dayOf: (at: string) => string): Folded[] {
  const found: Folded[] = [];
  for (const event of events) {
    const last = found.at(-1);
    const first = last?.event;
    if (
      last &&
      first &&
      foldable(event) &&
      first.kind === event.kind &&
      first.actor.type === event.actor.type &&
      first.actor.name === event.actor.name &&
      dayOf(first.at) === dayOf(event.at)
    )
      last.more.push(event);
    else found.push({ event, more: [] });
  }
  return found;
}
