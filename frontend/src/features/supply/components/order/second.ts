/** Why this person may not be the second one of a hard reject, or null. */
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useMay, useSession } from '~/lib/session';

/** `dirty`: what is edited now is chosen by this person, so the server asks again once it is saved. */
export function useNotSecond(order: Schemas['OrderDetail'], dirty: boolean): string | null {
  const { t } = useTranslation('doors');
  const { me } = useSession();
  const mayRejectHard = useMay('orders.reject_hard');
  const second = order.second_person;
  if (!second || dirty) return null;
  if (second.chose.includes(me.user.id)) return t('second.mine');
  return mayRejectHard ? null : t('second.right');
}
