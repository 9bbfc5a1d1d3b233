/** A knob that names words: off, nothing is asked of them; on, whatever is not named goes to a person. */
import { Checkbox, TagsInput } from '@mantine/core';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { type Knob, pointerOf, wordOf } from './fields';
import { useKnobFocus } from './focus';

export function KnobList({
  knob,
  label,
  named,
  known,
  fault,
  readOnly,
  onChange,
}: {
  knob: Knob;
  label: string;
  /** null: off. */
  named: string[] | null;
  /** Words that were seen and may be named. */
  known: string[];
  fault: string | null;
  readOnly: boolean;
  onChange(value: string[] | null): void;
}): JSX.Element {
  const { t } = useTranslation('rules');
  const word = wordOf(pointerOf(knob));
  const box = useKnobFocus(pointerOf(knob));
  return (
    <div className="rule-list">
      <Checkbox
        ref={box}
        className="rule-tick"
        label={label}
        description={t(`hint.${word}`)}
        checked={named !== null}
        disabled={readOnly}
        error={fault}
        onChange={(event) => onChange(event.currentTarget.checked ? [] : null)}
      />
      {named === null ? null : (
        <TagsInput
          label={t(`list.${knob.path}.label`)}
          placeholder={named.length === 0 ? t('condition.type') : ''}
          data={known}
          value={named}
          maxTags={200}
          splitChars={[',', ';', '\n', '\t']}
          disabled={readOnly}
          onChange={(typed) => onChange([...new Set(typed.map((one) => one.trim()).filter(Boolean))])}
        />
      )}
    </div>
  );
}
