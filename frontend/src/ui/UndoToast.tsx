/** What was just done, and for eight seconds the way back. */
import { type JSX, useEffect, useRef } from 'react';
import { createPortal } from 'react-dom';
import { useTranslation } from 'react-i18next';
import { Button } from './Button';
import { useToastPlace } from './toast_place';
import './Toast.css';

export const UNDO_MS = 8000;

export function UndoToast({
  said,
  busy = false,
  onUndo,
  onOver,
}: {
  said: string;
  busy?: boolean;
  onUndo(): void;
  /** The time is over, or nobody wants it back. */
  onOver(): void;
}): JSX.Element | null {
  const { t } = useTranslation();
  const place = useToastPlace();
  const over = useRef(onOver);
  over.current = onOver;
  // biome-ignore lint/correctness/useExhaustiveDependencies: other words are another deed with eight seconds of its own.
  useEffect(() => {
    const timer = setTimeout(() => over.current(), UNDO_MS);
    return () => clearTimeout(timer);
  }, [said]);
  if (!place) return null;
  return createPortal(
    <div className="toast" role="status">
      <span>{said}</span>
      <Button quiet busy={busy} onClick={onUndo}>
        {t('action.undo')}
      </Button>
      <Button quiet onClick={onOver}>
        {t('action.dismiss')}
      </Button>
    </div>,
    place,
  );
}
