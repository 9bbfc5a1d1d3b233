/** Moments in a form: written in the zone of the marketplace, sent as instants. */

/** `2026-11-30T09:00` of a zone, for a field of type datetime-local; empty for none. */
export function toField(instant: string | null, zone: string): string {
  if (!instant) return '';
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  }).formatToParts(new Date(instant));
  const of = (type: string): string => parts.find((part) => part.type === type)?.value ?? '';
  return `${of('year')}-${of('month')}-${of('day')}T${of('hour')}:${of('minute')}`;
}

/** The instant that a field names in a zone; null when it is empty or half written. */
export function fromField(text: string, zone: string): string | null {
  const asUtc = Date.parse(`${text}Z`);
  if (!text || Number.isNaN(asUtc)) return null;
  // Twice, since the offset at the guess may not be the one at the moment itself (summer time begins or ends).
  let at = asUtc;
  for (let turn = 0; turn < 2; turn += 1) at = asUtc - offset(at, zone);
  return new Date(at).toISOString();
}

function offset(at: number, zone: string): number {
  return Date.parse(`${toField(new Date(at).toISOString(), zone)}Z`) - Math.floor(at / 60_000) * 60_000;
}
