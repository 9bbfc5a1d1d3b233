/** How far a piece of work is, as a bar from zero. */
import type { JSX } from 'react';

export function Progress({
  share,
  done,
  label,
}: {
  share: number;
  done: boolean;
  label: string;
}): JSX.Element {
  const percent = Math.round(Math.min(1, Math.max(0, share)) * 100);
  return (
    <svg
      className="progress"
      role="progressbar"
      aria-label={label}
      aria-valuenow={percent}
      aria-valuemin={0}
      aria-valuemax={100}
      preserveAspectRatio="none"
    >
      <rect className="track" width="100%" height="100%" />
      <rect className={done ? 'fill-done' : 'fill'} width={`${percent}%`} height="100%" />
    </svg>
  );
}
