/** A choice of few, all visible: marketplaces in the context bar, modes, themes. */
import type { JSX, ReactNode } from 'react';
import './Segmented.css';

export interface Segment<Value extends string> {
  value: Value;
  label: ReactNode;
  title?: string;
}

export function Segmented<Value extends string>({
  label,
  segments,
  value,
  onChange,
  disabled = false,
}: {
  /** What is chosen here, for people who do not see the place it stands in. */
  label: string;
  segments: Segment<Value>[];
  value: Value;
  onChange(value: Value): void;
  disabled?: boolean;
}): JSX.Element {
  return (
    <fieldset className="segmented" disabled={disabled}>
      <legend className="visually-hidden">{label}</legend>
      {segments.map((segment) => (
        <button
          key={segment.value}
          type="button"
          title={segment.title}
          aria-pressed={segment.value === value}
          onClick={() => onChange(segment.value)}
        >
          {segment.label}
        </button>
      ))}
    </fieldset>
  );
}
