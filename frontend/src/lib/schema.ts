/**
 * Schemas of the addresses. What does not fit is as good as absent: an old link opens the page, not an error.
 * zod would compile them with `new Function`, which our Content-Security-Policy forbids.
 */
import * as z from 'zod/mini';

z.config({ jitless: true });

export const search = z.object;

export function text(fits?: RegExp) {
  return z.catch(z.optional(fits ? z.string().check(z.regex(fits)) : z.string()), undefined);
}

export function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.catch(z.optional(z.enum(values)), undefined);
}
