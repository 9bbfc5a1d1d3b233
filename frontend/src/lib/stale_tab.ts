/** Whom this page was loaded for; when the browser's session is somebody else's, nothing is written in their name. */

type Heard = () => void;

let person: string | null = null;
let heard: Heard | null = null;

/** The person that `/me` named first; a different one later means that this tab is stale. */
export function loadedFor(id: string): void {
  if (person === null) person = id;
  else if (person !== id) tabIsStale();
}

/** The page belongs to nobody any more: signed out, or on the way to another sign-in. */
export function loadedForNobody(): void {
  person = null;
}

/** The header of every unsafe request; the API compares it with the session. */
export function personHeaders(): Record<string, string> {
  return person === null ? {} : { 'X-OKTee-Person': person };
}

export function tabIsStale(): void {
  heard?.();
}

export function onStaleTab(listener: Heard): () => void {
  heard = listener;
  return () => {
    if (heard === listener) heard = null;
  };
}
