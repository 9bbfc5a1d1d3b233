/** Marketplace, vendor code and brand, beside the title of a page. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '~/lib/locale';
import { Segmented } from '~/ui/Segmented';

export interface ContextBarProps {
  countries: string[];
  country: string | null;
  vendorCodes: string[];
  vendorCode: string | null;
  brands: string[];
  brand: string | null;
  choose(change: { country?: string | null; vendorCode?: string | null; brand?: string | null }): void;
}

const ALL = 'all';

export function ContextBar(props: ContextBarProps): JSX.Element | null {
  const { t } = useTranslation();
  const format = useFormats();
  // What the address names is shown, also where it is no choice any more.
  const brands =
    props.brand && !props.brands.includes(props.brand) ? [props.brand, ...props.brands] : props.brands;
  return (
    <>
      {props.countries.length > 1 ? (
        <Segmented
          label={t('context.marketplaces')}
          value={props.country ?? ALL}
          onChange={(value) => props.choose({ country: value === ALL ? null : value })}
          segments={[
            { value: ALL, label: t('context.all', { count: props.countries.length }) },
            ...props.countries.map((country) => ({
              value: country,
              label: country,
              title: format.country(country),
            })),
          ]}
        />
      ) : null}
      {props.vendorCodes.length > 1 ? (
        <select
          className="select"
          aria-label={t('context.vendorCode')}
          value={props.vendorCode ?? ''}
          onChange={(event) => props.choose({ vendorCode: event.target.value || null })}
        >
          <option value="">{t('context.allVendorCodes')}</option>
          {props.vendorCodes.map((code) => (
            <option key={code} value={code}>
              {code}
            </option>
          ))}
        </select>
      ) : null}
      {brands.length > 1 || props.brand ? (
        <select
          className="select"
          aria-label={t('context.brand')}
          value={props.brand ?? ''}
          onChange={(event) => props.choose({ brand: event.target.value || null })}
        >
          <option value="">{t('context.allBrands')}</option>
          {brands.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      ) : null}
    </>
  );
}
