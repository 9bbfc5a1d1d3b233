/** Keyboard: single keys and "go" chords, off while typing, listed by the `?` sheet, and switched off on request. */
import { useEffect, useLayoutEffect, useRef, useSyncExternalStore } from 'react';

export interface KeyBinding {
  /** As pressed: `j`, `shift+x`, `space`, `g c` (one key after the other), `mod+k` (Ctrl, or Command on a Mac), `escape`. */
  keys: string;
  /** A key of the `common` words that says what it does; bindings without one are not listed. */
  label: string;
  run(event: KeyboardEvent): void;
}

const STORAGE = 'oktee-single-keys';
const CHORD_MS = 1200;

let scopes: { bindings: KeyBinding[] }[] = [];
let listed: KeyBinding[] = [];
let enabled = readEnabled();
const listeners = new Set<() => void>();

function readEnabled(): boolean {
  try {
    return window.localStorage.getItem(STORAGE) !== 'off';
  } catch {
    return true;
  }
}

function changed(): void {
  listed = scopes.flatMap((scope) => scope.bindings);
  for (const tell of listeners) tell();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** WCAG 2.1.4: single-character shortcuts can be turned off. */
export function useSingleKeys(): [boolean, (on: boolean) => void] {
  const on = useSyncExternalStore(subscribe, () => enabled);
  return [
    on,
    (next) => {
      enabled = next;
      try {
        window.localStorage.setItem(STORAGE, next ? 'on' : 'off');
      } catch {
        // Not remembered; it holds for this page.
      }
      changed();
    },
  ];
}

export function useListedKeys(): KeyBinding[] {
  return useSyncExternalStore(subscribe, () => listed);
}

export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'submit'].includes(target.type))
  );
}

/** Layers that are open by the page's own account, the topmost last, also while they are still being fetched or drawn. */
let layers: { escape: (() => void) | null; key(event: KeyboardEvent): void }[] = [];

function layerIsOpen(): boolean {
  return layers.length > 0 || document.querySelector('[role="dialog"], [role="menu"]') !== null;
}

/** Escape ends what is topmost and nothing under it; what is open inside (a list of names, a menu) ends first. */
function onEscape(event: KeyboardEvent): void {
  if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing) return;
  if (
    event.target instanceof Element &&
    event.target.getAttribute('data-mantine-stop-propagation') === 'true'
  )
    return;
  const close = layers.at(-1)?.escape;
  if (!close) return;
  event.preventDefault();
  close();
}

/** A single key means what the topmost layer says, wherever the focus is; most say nothing. */
function onLayerKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || !enabled || isTyping(event.target)) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  layers.at(-1)?.key(event);
}

/**
 * From the moment a layer is asked for, a single key means nothing to the page under it. `onClose`: what Escape does;
 * `onKey`: what single keys do while no other layer is above.
 */
export function useLayer(
  opened: boolean,
  onClose?: () => void,
  onKey?: (event: KeyboardEvent) => void,
): void {
  const close = useRef(onClose);
  close.current = onClose;
  const press = useRef(onKey);
  press.current = onKey;
  const closes = onClose !== undefined;
  useLayoutEffect(() => {
    if (!opened) return;
    const layer = {
      escape: closes ? () => close.current?.() : null,
      key: (event: KeyboardEvent) => press.current?.(event),
    };
    if (layers.length === 0) {
      document.addEventListener('keydown', onEscape);
      document.addEventListener('keydown', onLayerKey);
    }
    layers = [...layers, layer];
    return () => {
      layers = layers.filter((other) => other !== layer);
      if (layers.length > 0) return;
      document.removeEventListener('keydown', onEscape);
      document.removeEventListener('keydown', onLayerKey);
    };
  }, [opened, closes]);
}

/**
 * Keys pressed between the keystroke that asks for a layer and the moment its field has the focus were meant for that
 * field: they are kept from the page and handed on. Ends by itself when the field is reached, left or given up; the answer
 * ends it early.
 */
export function typeAhead(
  field: string,
  { onText, onGiveUp }: { onText(change: (text: string) => string): void; onGiveUp(): void },
): () => void {
  const end = (): void => {
    window.removeEventListener('keydown', take, true);
    window.removeEventListener('paste', paste, true);
    window.removeEventListener('focusin', reached, true);
    window.removeEventListener('pointerdown', end, true);
  };
  const reached = (event: Event): void => {
    if (event.target instanceof Element && event.target.matches(field)) end();
  };
  const take = (event: KeyboardEvent): void => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.key === 'Escape') {
      end();
      onGiveUp();
    } else if (event.key === 'Backspace') onText((text) => text.slice(0, -1));
    else if (event.key.length === 1) onText((text) => text + event.key);
  };
  const paste = (event: ClipboardEvent): void => {
    const pasted = event.clipboardData?.getData('text') ?? '';
    event.preventDefault();
    event.stopImmediatePropagation();
    // As a field of one line takes it.
    onText((text) => text + pasted.replace(/[\r\n]+/g, ' ').trim());
  };
  window.addEventListener('keydown', take, true);
  window.addEventListener('paste', paste, true);
  window.addEventListener('focusin', reached, true);
  window.addEventListener('pointerdown', end, true);
  return end;
}

/** A sign that a keyboard keeps behind AltGr or Option (`[` on a French or German one) is that sign and no combination. */
function signOf(event: KeyboardEvent): boolean {
  return (
    /^[^\p{L}\p{N}\s]$/u.test(event.key) && (event.altKey || event.getModifierState?.('AltGraph') === true)
  );
}

function pressed(event: KeyboardEvent): string {
  const key = event.key === ' ' ? 'space' : event.key.toLowerCase();
  const mod = (event.ctrlKey || event.metaKey) && !signOf(event) ? 'mod+' : '';
  // A shifted sign is named by itself (`?`), a shifted letter by the letter.
  const shift = event.shiftKey && /^[a-z]$|^.{2,}$/.test(key) ? 'shift+' : '';
  return `${mod}${shift}${key}`;
}

/** Opens the palette, wherever one is. */
const PALETTE = 'mod+k';

const PRESSED_BY_SPACE = 'a, button, summary, input, select, textarea, label';
const WALKS: ReadonlySet<string> = new Set(['j', 'k', 'arrowdown', 'arrowup']);

let chordStart: { key: string; at: number } | null = null;

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || (event.altKey && !signOf(event))) return;
  const key = pressed(event);
  const single = !key.startsWith('mod+');
  // Space presses what has the focus, before it means anything else.
  if (key === 'space' && event.target instanceof Element && event.target.closest(PRESSED_BY_SPACE)) return;
  // A key that is held down walks a list; it does no deed twice.
  if (event.repeat && !WALKS.has(key)) return;
  if (single && (!enabled || isTyping(event.target) || layerIsOpen())) return;
  // What lies under a dialog or a drawer is not acted on from within it; the palette opens above everything.
  if (!single && key !== PALETTE && layerIsOpen()) return;
  const chord = chordStart && event.timeStamp - chordStart.at < CHORD_MS ? `${chordStart.key} ${key}` : null;
  chordStart = null;
  // The innermost page that listens comes first.
  for (const scope of [...scopes].reverse()) {
    const found = scope.bindings.find((binding) => binding.keys === (chord ?? key));
    if (found) {
      event.preventDefault();
      found.run(event);
      return;
    }
  }
  if (
    !chord &&
    scopes.some((scope) => scope.bindings.some((binding) => binding.keys.startsWith(`${key} `)))
  ) {
    chordStart = { key, at: event.timeStamp };
  }
}

/** Binds keys for as long as the component is on the page. */
export function useKeys(bindings: KeyBinding[]): void {
  const latest = useRef(bindings);
  latest.current = bindings;
  const signature = bindings.map((binding) => `${binding.keys}=${binding.label}`).join('|');
  useEffect(() => {
    const scope = {
      bindings: signature
        .split('|')
        .filter(Boolean)
        .map((_, index): KeyBinding => {
          const { keys, label } = latest.current[index] as KeyBinding;
          return { keys, label, run: (event) => latest.current[index]?.run(event) };
        }),
    };
    if (scopes.length === 0) document.addEventListener('keydown', onKeyDown);
    scopes = [...scopes, scope];
    changed();
    return () => {
      scopes = scopes.filter((other) => other !== scope);
      if (scopes.length === 0) document.removeEventListener('keydown', onKeyDown);
      changed();
    };
  }, [signature]);
}
