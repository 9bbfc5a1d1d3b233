/** Everything a page of a workspace may rely on: who is signed in, in which zone to read, and the live stream. */
import { useSuspenseQuery } from '@tanstack/react-query';
import { type JSX, useMemo } from 'react';
import { PageMissing } from '~/app/errors';
import { Shell } from '~/app/Shell';
import { LiveContext, useLive } from '~/lib/live';
import { StyleContext, ZoneContext } from '~/lib/locale';
import { useApplyPreferences } from '~/lib/preferences';
import { meQuery, SessionContext } from '~/lib/session';

export function WorkspaceLayout({ slug }: { slug: string }): JSX.Element {
  const { data: me } = useSuspenseQuery(meQuery);
  const live = useLive(slug);
  const { preferences } = me.user;
  useApplyPreferences(preferences);
  const session = useMemo(() => {
    const workspace = me.workspaces.find((candidate) => candidate.slug === slug);
    return workspace ? { me, workspace } : null;
  }, [me, slug]);
  if (!session) return <PageMissing />;
  return (
    <SessionContext value={session}>
      <ZoneContext value={preferences.time_zone ?? session.workspace.time_zone}>
        <StyleContext value={preferences.number_style ?? null}>
          <LiveContext value={live}>
            <Shell />
          </LiveContext>
        </StyleContext>
      </ZoneContext>
    </SessionContext>
  );
}
