/** One knob of a rule: a number, an amount, a yes or a choice, with what is wrong with it under it. */
import { Checkbox, Select, TextInput } from '@mantine/core';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { decimalSign } from '~/lib/format';
import { type Knob, parsed, percentText, pointerOf, type Value, wordOf } from './fields';
import { useKnobFocus } from './focus';
import { KnobList } from './KnobList';

const HOURS = { opens: '08:00:00', closes: '18:00:00' };

export function KnobField({
  knob,
  value,
  zone,
  fault,
  known = [],
  readOnly,
  reason,
  onChange,
  onBroken,
}: {
  knob: Knob;
  value: Value;
  /** The zone that hours are given in when they are first asked for. */
  zone: string;
  fault: string | null;
  /** Words that were seen and may be named. */
  known?: string[];
  readOnly: boolean;
  /** Why this one may not be touched. */
  reason?: string | null;
  onChange(value: unknown): void;
  onBroken(broken: boolean): void;
}): JSX.Element {
  const { t, i18n } = useTranslation(['rules', 'common']);
  const word = knob.path === 'between' ? 'send.hours' : wordOf(pointerOf(knob));
  const label = t(`field.${word}`);
  const hint = t(`hint.${word}`, { defaultValue: '' }) || undefined;
  const sign = decimalSign(i18n.language);
  const percent = knob.kind === 'share' || knob.kind === 'margin';
  const written = (of: Value): string =>
    of === null || of === undefined
      ? ''
      : (percent ? percentText(String(of)) : String(of)).replace('.', sign);
  const [typed, setTyped] = useState<string | null>(null);
  const [broken, setBroken] = useState(false);
  const box = useKnobFocus(pointerOf(knob));

  if (knob.kind === 'yes') {
    const on = knob.path === 'between' ? value !== null : Boolean(value);
    return (
      <Checkbox
        ref={box}
        className="rule-tick"
        label={label}
        description={reason ?? hint}
        checked={on}
        disabled={readOnly || Boolean(reason)}
        error={fault}
        onChange={(event) => {
          const next = event.currentTarget.checked;
          onChange(knob.path === 'between' ? (next ? { ...HOURS, zone } : null) : next);
        }}
      />
    );
  }
  if (knob.kind === 'list') {
    return (
      <KnobList
        knob={knob}
        label={label}
        named={Array.isArray(value) ? value : null}
        known={known}
        fault={fault}
        readOnly={readOnly}
        onChange={onChange}
      />
    );
  }
  if (knob.kind === 'choice') {
    return (
      <Select
        ref={box}
        label={label}
        description={hint}
        data={(knob.options ?? []).map((one) => ({ value: one, label: t(`option.${word}.${one}`) }))}
        value={String(value)}
        allowDeselect={false}
        disabled={readOnly}
        error={fault}
        onChange={(next) => next && onChange(next)}
      />
    );
  }
  if (knob.kind === 'text') {
    const time = knob.path !== 'between/zone';
    return (
      <TextInput
        ref={box}
        label={label}
        type={time ? 'time' : 'text'}
        value={time ? String(value ?? '').slice(0, 5) : String(value ?? '')}
        disabled={readOnly}
        error={fault}
        onChange={(event) => onChange(time ? `${event.currentTarget.value}:00` : event.currentTarget.value)}
      />
    );
  }
  return (
    <TextInput
      ref={box}
      label={label}
      description={hint}
      inputMode="decimal"
      rightSection={percent ? '%' : undefined}
      placeholder={knob.empty ? t('noLimit') : undefined}
      value={typed ?? written(value)}
      disabled={readOnly}
      error={broken ? t(`wrong.${knob.kind}`) : fault}
      onBlur={() => {
        if (!broken) setTyped(null);
      }}
      onChange={(event) => {
        const text = event.currentTarget.value;
        setTyped(text);
        const next = text.trim() === '' && knob.empty ? null : parsed(knob.kind, text);
        const bad = next === null && !(text.trim() === '' && knob.empty);
        setBroken(bad);
        onBroken(bad);
        if (!bad) onChange(next);
      }}
    />
  );
}
