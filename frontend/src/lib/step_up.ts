/** Asking for a fresh factor: the fetch layer asks here, one dialog answers, however many requests wait for it. */

type Ask = () => Promise<boolean>;

let ask: Ask | null = null;
let asking: Promise<boolean> | null = null;

/** The dialog of the page, for as long as it is there. */
export function answerStepUp(host: Ask): () => void {
  ask = host;
  return () => {
    if (ask === host) ask = null;
  };
}

/** True once the person proved a factor; false when they would not, or no page is there to ask. */
export function stepUp(): Promise<boolean> {
  if (!ask) return Promise.resolve(false);
  asking ??= ask().finally(() => {
    asking = null;
  });
  return asking;
}

type Heard = () => void;

let heard: Heard | null = null;

/** What the page does when the API says that this session owes something first (a factor, a new password). */
export function onSessionOwes(listener: Heard): () => void {
  heard = listener;
  return () => {
    if (heard === listener) heard = null;
  };
}

export function sessionOwes(): void {
  heard?.();
}
