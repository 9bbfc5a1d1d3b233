/** The message that a person sends to their vendor manager about a cost or a replaced product, drafted from the facts. */
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { formatValue } from '~/lib/messages';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';

type Row = Schemas['ExceptionRow'];

/** What a hold is about, where it is settled with Amazon and not by an answer. */
const ABOUT: Record<string, 'cost' | 'replacement'> = {
  'supply.price.below': 'cost',
  'supply.price.far_below': 'cost',
  'supply.lifecycle.replaced': 'replacement',
  'supply.anomaly.cost_update': 'cost',
  'supply.anomaly.replacement': 'replacement',
};

export function VendorMessage({ row }: { row: Row }): JSX.Element | null {
  const { t } = useTranslation(['exceptions', 'trace', 'common']);
  const format = useFormats();
  const [opened, setOpened] = useState(false);
  const [copied, setCopied] = useState<'idle' | 'copied' | 'failed'>('idle');
  const about = row.message ? ABOUT[row.message.message] : undefined;
  if (!row.message || !about) return null;
  const said = Object.fromEntries(
    Object.entries(row.message.values).map(([name, value]) => [name, formatValue(name, value, format, t)]),
  );
  const text = t(`vendor.${about}`, {
    ...said,
    order: row.po_number ?? '–',
    vendor_code: row.vendor_code ?? '–',
    line: row.sequence ?? '–',
    asin: row.asin ?? '–',
    sku: row.sku ?? said.sku ?? '–',
    title: row.title ?? row.sku ?? row.asin ?? '–',
    asked: row.asked === null ? '–' : format.count(row.asked),
    interpolation: { escapeValue: false },
  });
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied('copied');
    } catch {
      setCopied('failed');
    }
  };
  return (
    <>
      <Button onClick={() => setOpened(true)}>{t('vendor.draft')}</Button>
      <Dialog
        title={t(`vendor.title.${about}`)}
        opened={opened}
        onClose={() => setOpened(false)}
        footer={
          <>
            <Button onClick={() => setOpened(false)}>{t('common:action.close')}</Button>
            <Button primary onClick={() => void copy()}>
              {t('vendor.copy')}
            </Button>
          </>
        }
      >
        <p className="quiet">{t('vendor.text')}</p>
        <textarea
          className="field vendor-message"
          rows={12}
          readOnly
          aria-label={t(`vendor.title.${about}`)}
          value={text}
        />
        <p role="status" className="label">
          {copied === 'idle' ? '' : t(`vendor.${copied}`)}
        </p>
      </Dialog>
    </>
  );
}
