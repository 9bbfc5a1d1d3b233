/** Why a button may not be pressed: the permission that the reader's role lacks, in words; null when it may. */
import { useTranslation } from 'react-i18next';
import { type Permission, useMay, useWorkspace } from '~/lib/session';

export function useDenied(permission: Permission): string | null {
  const { t } = useTranslation();
  const { role, role_name } = useWorkspace();
  const may = useMay(permission);
  return may
    ? null
    : t('denied.action', { role: role_name ?? t(`role.${role}`, { defaultValue: role }), permission });
}
