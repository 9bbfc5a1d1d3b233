/** What a person wants of the pages: kept with the account, so that it is the same on every device. */

import { useMantineColorScheme } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { client, type Schemas } from '~/lib/api';
import { useSingleKeys } from '~/lib/keys';
import { type Me, meQuery, useSession } from '~/lib/session';

export type Preferences = Schemas['Preferences'];

export function usePreferences() {
  const { me } = useSession();
  const queryClient = useQueryClient();
  const save = useMutation({
    mutationFn: async (change: Partial<Preferences>) => {
      const known = queryClient.getQueryData<Me>(meQuery.queryKey)?.user.preferences ?? me.user.preferences;
      const { data } = await client.PUT('/api/v1/me/preferences', { body: { ...known, ...change } });
      return data;
    },
    onSuccess: (preferences) => {
      if (!preferences) return;
      queryClient.setQueryData<Me>(
        meQuery.queryKey,
        (known) => known && { ...known, user: { ...known.user, preferences } },
      );
    },
  });
  return { preferences: me.user.preferences, save };
}

/** Makes the account's wishes hold on this device: density, theme, single keys. */
export function useApplyPreferences({ density, theme, shortcuts }: Preferences): void {
  const { setColorScheme } = useMantineColorScheme();
  const [, setSingleKeys] = useSingleKeys();
  useEffect(() => {
    if (density === 'comfortable') document.documentElement.dataset.density = density;
    else delete document.documentElement.dataset.density;
  }, [density]);
  // Only when the wish changes: what was chosen on this device for now stays until then.
  useEffect(() => {
    if (theme !== 'system') setColorScheme(theme);
  }, [theme, setColorScheme]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the setter is new at each render, the wish is not
  useEffect(() => {
    if (!shortcuts) setSingleKeys(false);
  }, [shortcuts]);
}
