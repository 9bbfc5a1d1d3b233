/** The sheet of keys that work on this page, and the switch that turns the single ones off. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { useListedKeys, useSingleKeys } from '~/lib/keys';
import { Dialog } from '~/ui/Dialog';

const SIGNS: Record<string, string> = { enter: '↵', escape: 'Esc', space: '␣', arrowup: '↑', arrowdown: '↓' };

function written(keys: string, mod: string): string[] {
  return keys.split(' ').map((key) =>
    key
      .split('+')
      .map((part) =>
        part === 'mod' ? mod : (SIGNS[part] ?? (part.length === 1 ? part.toUpperCase() : part)),
      )
      .join(' '),
  );
}

export function KeySheet({ opened, onClose }: { opened: boolean; onClose(): void }): JSX.Element {
  const { t } = useTranslation();
  const keys = useListedKeys();
  const [on, setOn] = useSingleKeys();
  const seen = new Set<string>();
  return (
    <Dialog title={t('keys.title')} opened={opened} onClose={onClose} size={640}>
      <ul className="key-sheet">
        {keys
          .filter((binding) => binding.label && !seen.has(binding.keys) && seen.add(binding.keys))
          .map((binding) => (
            <li key={binding.keys}>
              <span>{t(binding.label)}</span>
              <span>
                {written(binding.keys, t('keys.mod')).map((key, index) => (
                  <kbd key={index} className="key">
                    {key}
                  </kbd>
                ))}
              </span>
            </li>
          ))}
        <li>
          <span>{t('keys.open')}</span>
          <kbd className="key">↵</kbd>
        </li>
        <li>
          <span>{t('keys.closeLayer')}</span>
          <kbd className="key">Esc</kbd>
        </li>
      </ul>
      <label className="cluster">
        <input type="checkbox" checked={on} onChange={(event) => setOn(event.target.checked)} />
        {t('keys.single')}
      </label>
    </Dialog>
  );
}
