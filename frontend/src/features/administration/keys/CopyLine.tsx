/** A line of text to take along: selectable, with a button that copies it and says so. */
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '~/ui/Button';

export function CopyLine({ label, text }: { label: string; text: string }): JSX.Element {
  const { t } = useTranslation('integrations');
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setState('copied');
    } catch {
      setState('failed');
    }
  };
  return (
    <section className="copy-line" aria-label={label}>
      <code className="mono">{text}</code>
      <Button onClick={() => void copy()}>{t(`copy.${state}`)}</Button>
      <span className="visually-hidden" role="status">
        {state === 'idle' ? '' : t(`copy.${state}`)}
      </span>
    </section>
  );
}
