/** The one family of icons: 16 px, 1.5 px stroke, drawn in the colour of the text beside them. */
import type { JSX } from 'react';

const SHAPES = {
  clock: (
    <>
      <circle cx="8" cy="8" r="5.75" />
      <path d="M8 4.75V8l2.25 1.5" />
    </>
  ),
  diamond: <path d="M8 2.5 13.5 8 8 13.5 2.5 8Z" fill="currentColor" />,
  disc: <circle cx="8" cy="8" r="4.5" fill="currentColor" stroke="none" />,
  triangle: <path d="M8 3 13.5 12.75h-11Z" />,
  'triangle-struck': <path d="M8 3 13.5 12.75h-11ZM2.5 3l11 10.5" />,
  square: <rect x="4" y="4" width="8" height="8" rx="1" fill="currentColor" stroke="none" />,
  outside: (
    <>
      <path d="M8 3 13.5 12.75h-11Z" />
      <circle cx="8" cy="9.5" r="1" fill="currentColor" stroke="none" />
    </>
  ),
  hand: <path d="M5.5 3.5v9M10.5 3.5v9" strokeWidth="2" />,
  arrow: <path d="M3 8h9.5M9 4.5 12.5 8 9 11.5" />,
  half: (
    <>
      <circle cx="8" cy="8" r="5.25" />
      <path d="M8 2.75a5.25 5.25 0 0 0 0 10.5Z" fill="currentColor" stroke="none" />
    </>
  ),
  check: <path d="m3.25 8.5 3.25 3.25 6.25-7" />,
  'check-bar': <path d="m3.5 6.25 3 3 6-6.25M3 13h10" />,
  minus: (
    <>
      <circle cx="8" cy="8" r="5.75" />
      <path d="M5.25 8h5.5" />
    </>
  ),
  bang: <path d="M8 3v6.25M8 12.4v.2" strokeWidth="2" />,
  'not-equal': <path d="M3 6.25h10M3 9.75h10M10.5 3l-5 10" />,
  'clock-bang': (
    <>
      <path d="M10.6 2.9A5.75 5.75 0 1 0 13.6 9" />
      <path d="M8 4.75V8l2 1.25M13.25 2.5v3.25M13.25 7.9v.1" />
    </>
  ),
  pallet: <path d="M4 3.5h8v5.75H4ZM2.5 12.5h11M4 9.25v3.25M8 9.25v3.25M12 9.25v3.25" />,
  lock: <path d="M4 7.25h8v5.5H4ZM5.75 7.25V5.5a2.25 2.25 0 0 1 4.5 0v1.75" />,
  question: <path d="M5.75 6a2.25 2.25 0 1 1 3.25 2c-.7.35-1 .8-1 1.5M8 12.1v.1" />,
  search: <path d="M7 2.75a4.25 4.25 0 1 0 0 8.5 4.25 4.25 0 0 0 0-8.5ZM10.25 10.25l3 3" />,
  calendar: <path d="M3 4.5h10v8.5H3ZM3 7h10M5.75 3v2.5M10.25 3v2.5" />,
  close: <path d="m4 4 8 8M12 4l-8 8" />,
  down: <path d="m4 6 4 4 4-4" />,
  up: <path d="m4 10 4-4 4 4" />,
  right: <path d="m6 4 4 4-4 4" />,
  left: <path d="m10 4-4 4 4 4" />,
  menu: <path d="M2.5 4.5h11M2.5 8h11M2.5 11.5h11" />,
  refresh: <path d="M13 8a5 5 0 1 1-1.6-3.7M13 2.5v3h-3" />,
  copy: <path d="M5.5 5.5h7v7h-7ZM3.5 10.5v-7h7" />,
  download: <path d="M8 2.5v7.25M4.75 6.75 8 10l3.25-3.25M3 13h10" />,
  external: <path d="M9.5 3H13v3.5M13 3 7.5 8.5M11 9v4H3V5h4" />,
  bell: <path d="M3.5 11.5h9M4.75 11.5V7a3.25 3.25 0 0 1 6.5 0v4.5M6.75 13.5h2.5" />,
  file: <path d="M4 2.5h5l3 3v8H4ZM9 2.5v3h3" />,
} satisfies Record<string, JSX.Element>;

export type IconName = keyof typeof SHAPES;

export function Icon({
  name,
  size = 16,
  label,
}: {
  name: IconName;
  size?: number;
  label?: string;
}): JSX.Element {
  return (
    // biome-ignore lint/a11y/noSvgWithoutTitle: named by aria-label, or hidden because the word stands beside it.
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      className="icon"
      {...(label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': true })}
    >
      {SHAPES[name]}
    </svg>
  );
}
