/** Something said beside the foot of the page: all of them stand in one place, so that none lies on another. */
import type { JSX, ReactNode } from 'react';
import { createPortal } from 'react-dom';
import { useToastPlace } from './toast_place';
import './Toast.css';

export function Toast({
  failed = false,
  children,
}: {
  /** It tells what went wrong. */
  failed?: boolean;
  children: ReactNode;
}): JSX.Element | null {
  const place = useToastPlace();
  if (!place) return null;
  return createPortal(
    <div className="toast" role={failed ? 'alert' : 'status'}>
      {children}
    </div>,
    place,
  );
}
