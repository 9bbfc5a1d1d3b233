/** Asked and what becomes of it: taken, backordered, cut. Hatched while only proposed, solid once seen on Amazon. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '~/lib/locale';
import './MicroBar.css';

export interface MicroBarProps {
  asked: number;
  taken: number | null;
  backordered: number | null;
  cut: number | null;
  proposed: boolean;
  /** Fills its column instead of the 110 px of a table cell. */
  wide?: boolean;
}

export function MicroBar({ asked, taken, backordered, cut, proposed, wide }: MicroBarProps): JSX.Element {
  const { t } = useTranslation();
  const { count } = useFormats();
  const parts = [
    { name: 'taken', value: taken ?? 0 },
    { name: 'backordered', value: backordered ?? 0 },
    { name: 'cut', value: cut ?? 0 },
  ];
  const label =
    taken === null
      ? t('bar.undecided', { asked: count(asked) })
      : t(proposed ? 'bar.proposed' : 'bar.seen', {
          asked: count(asked),
          taken: count(taken),
          backordered: count(backordered ?? 0),
          cut: count(cut ?? 0),
        });
  return (
    <svg className={wide ? 'bar bar-wide' : 'bar'} role="img" aria-label={label} preserveAspectRatio="none">
      <title>{label}</title>
      <rect className="bar-track" width="100%" height="100%" />
      {asked > 0
        ? parts.map((part, index) => {
            const before = parts.slice(0, index).reduce((sum, earlier) => sum + earlier.value, 0);
            if (part.value <= 0) return null;
            return (
              <rect
                key={part.name}
                className={`bar-${part.name}`}
                x={`${(before / asked) * 100}%`}
                width={`${(part.value / asked) * 100}%`}
                height="100%"
                mask={proposed ? 'url(#hatch-mask)' : undefined}
              />
            );
          })
        : null}
    </svg>
  );
}

/** The hatch that says "only proposed"; placed once in the page, used by every bar. */
export function HatchDefinition(): JSX.Element {
  return (
    <svg className="visually-hidden" aria-hidden="true" width="0" height="0">
      <defs>
        <pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(25)">
          <rect width="3" height="5" fill="#fff" />
        </pattern>
        <mask id="hatch-mask" maskUnits="userSpaceOnUse" x="0" y="0" width="4000" height="40">
          <rect width="4000" height="40" fill="url(#hatch)" />
        </mask>
      </defs>
    </svg>
  );
}
