/** What was just done, and for eight seconds the way back. */
import { type JSX, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from './Button';
import { Toast } from './Toast';

export const UNDO_MS = 8000;

export function UndoToast({
  said,
  busy = false,
  failed = false,
  onUndo,
  onOver,
}: {
  said: string;
  busy?: boolean;
  /** It could not be taken back: said until somebody has read it. */
  failed?: boolean;
  onUndo(): void;
  /** The time is over, or nobody wants it back. */
  onOver(): void;
}): JSX.Element | null {
  const { t } = useTranslation();
  const over = useRef(onOver);
  over.current = onOver;
  // biome-ignore lint/correctness/useExhaustiveDependencies: other words are another deed with eight seconds of its own.
  useEffect(() => {
    if (busy || failed) return undefined;
    const timer = setTimeout(() => over.current(), UNDO_MS);
    return () => clearTimeout(timer);
  }, [said, busy, failed]);
  return (
    <Toast failed={failed}>
      <span>{said}</span>
      <Button quiet busy={busy} onClick={onUndo}>
        {t('action.undo')}
      </Button>
      <Button quiet onClick={onOver}>
        {t('action.dismiss')}
      </Button>
    </Toast>
  );
}
