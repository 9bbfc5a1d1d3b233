/** After a deployment the parts an open page would load next are gone: the page is loaded anew, once. */

const STORAGE = 'oktee-reloaded-at';
/** A part that is missing again this soon after a reload is not an old page's: the failure is shown instead. */
const ONCE_IN_MS = 60_000;

/** Whether a reload may be tried now; remembers that it was. */
export function mayReload(now: number, storage: Pick<Storage, 'getItem' | 'setItem'>): boolean {
  try {
    const last = Number(storage.getItem(STORAGE) ?? Number.NaN);
    if (now - last < ONCE_IN_MS) return false;
    storage.setItem(STORAGE, String(now));
    return true;
  } catch {
    // Without memory a loop could not be told from a first time.
    return false;
  }
}

export function reloadOnMissingPart(): void {
  window.addEventListener('vite:preloadError', (event) => {
    if (!mayReload(Date.now(), window.sessionStorage)) return;
    event.preventDefault();
    window.location.reload();
  });
}
