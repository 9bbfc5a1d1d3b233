/** Days and hours that a reader types by the clock of their zone, as instants. */

/** What a clock in the zone shows at an instant, as if it were UTC. */
function shownAt(at: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(at);
  const of = (type: Intl.DateTimeFormatPartTypes) =>
    Number(parts.find((part) => part.type === type)?.value ?? 0);
  return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
}

/** The instant at which clocks in the zone show `2026-12-01T06:00`; of an hour that summer time leaves out, the one after it. */
export function instantIn(local: string, zone: string): string {
  const wanted = Date.parse(`${local}Z`);
  let at = wanted;
  // The difference to UTC is that of the instant itself, which is known after the first step; a second meets a change of clocks.
  for (let step = 0; step < 2; step += 1) at += wanted - shownAt(at, zone);
  return new Date(at).toISOString();
}
