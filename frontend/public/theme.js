// Sets the colour scheme before the first paint, so that no page flashes in the other theme.
// A file, not an inline script: the Content-Security-Policy allows scripts from our own origin only.
(() => {
  let wanted = 'auto';
  try {
    wanted = window.localStorage.getItem('oktee-theme') || 'auto';
  } catch {
    // Storage may be denied; the system's scheme is then the answer.
  }
  const dark =
    wanted === 'dark' || (wanted !== 'light' && window.matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
})();
