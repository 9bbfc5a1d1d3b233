/** A new password, typed once with its rules in view; for the change, the expired one and the lost one. */
import { PasswordInput } from '@mantine/core';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, api } from '~/lib/api';

const FAULTS = ['length', 'classes', 'contains_name', 'common', 'used_before'] as const;

export function NewPassword({
  value,
  onChange,
  error,
}: {
  value: string;
  onChange(value: string): void;
  error: unknown;
}): JSX.Element {
  const { t } = useTranslation(['access', 'common']);
  const policy = api.useQuery('get', '/api/v1/password-policy').data;
  const faults = faultsOf(error);
  return (
    <PasswordInput
      label={t('password.new')}
      description={
        policy
          ? t(policy.classes ? 'password.rulesFour' : 'password.rulesLength', { count: policy.shortest })
          : undefined
      }
      name="new-password"
      autoComplete="new-password"
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={faults.length > 0 ? faults.map((fault) => t(`password.fault.${fault}`)).join(' ') : undefined}
      visibilityToggleButtonProps={{ 'aria-label': t('common:signIn.showPassword') }}
    />
  );
}

/** The faults of the new password that the answer names. */
function faultsOf(error: unknown): (typeof FAULTS)[number][] {
  if (!(error instanceof ApiProblem)) return [];
  const named = new Set(
    error.errors.filter((fault) => fault.pointer === '/password').map((fault) => fault.code),
  );
  return FAULTS.filter((fault) => named.has(fault));
}

/** What else went wrong, in one of a few words; null when the new password itself is the fault. */
export function problemOfChange(
  error: unknown,
): 'current' | 'today' | 'link' | 'company' | 'tooMany' | 'offline' | 'server' | null {
  if (!error) return null;
  if (!(error instanceof ApiProblem)) return 'server';
  if (faultsOf(error).length > 0) return null;
  if (error.errors.some((fault) => fault.pointer === '/current')) return 'current';
  if (error.code === 'changed_today') return 'today';
  if (error.code === 'sso_required') return 'company';
  if (error.code === 'link_expired' || error.status === 422) return 'link';
  if (error.status === 429) return 'tooMany';
  return error.status === 0 ? 'offline' : 'server';
}
