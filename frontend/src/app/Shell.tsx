/** The frame of every page: rail, top bar, keys; the page itself stands in the middle. */
import { useMantineColorScheme } from '@mantine/core';
import { Link, Outlet, useMatches, useNavigate } from '@tanstack/react-router';
import { type JSX, lazy, Suspense, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Readable } from '~/app/AccessDenied';
import { Bell } from '~/app/Bell';
import { FreshnessChip } from '~/app/FreshnessChip';
import { KeySheet } from '~/app/KeySheet';
import { Notices } from '~/app/Notices';
import { PreviewBanner } from '~/app/PreviewBanner';
import { usePageKeys } from '~/app/page_keys';
import { FAMILIES, familiesOf } from '~/app/pages';
import { RailCount } from '~/app/RailCount';
import { UndoHost } from '~/app/UndoHost';
import { UnsavedGuard } from '~/app/UnsavedGuard';
import { UserMenu } from '~/app/UserMenu';
import { usePageFocus } from '~/app/use_page_focus';
import { WorkspaceSwitcher } from '~/app/WorkspaceSwitcher';
import { useCrumb } from '~/lib/crumb';
import { typeAhead, useKeys, useLayer } from '~/lib/keys';
import { useFormats } from '~/lib/locale';
import { useWorkspace } from '~/lib/session';
import { Icon } from '~/ui/Icon';
import { ProgressLine } from '~/ui/states';
import './Shell.css';

const Palette = lazy(() => import('~/app/Palette'));

const RAIL = 'oktee-rail';

function useRail(): [boolean, () => void] {
  const [collapsed, setCollapsed] = useState(() => {
    try {
      return window.localStorage.getItem(RAIL) === 'collapsed';
    } catch {
      return false;
    }
  });
  return [
    collapsed,
    () => {
      setCollapsed(!collapsed);
      try {
        window.localStorage.setItem(RAIL, collapsed ? 'open' : 'collapsed');
      } catch {
        // Not remembered; it holds for this page.
      }
    },
  ];
}

export function Shell(): JSX.Element {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [collapsed, toggleRail] = useRail();
  const [drawer, setDrawer] = useState(false);
  const [palette, setPalette] = useState<'unused' | 'open' | 'closed'>('unused');
  const [sought, setSought] = useState('');
  const [keySheet, setKeySheet] = useState(false);
  const families = familiesOf(workspace.modules);
  const main = useRef<HTMLElement>(null);
  usePageFocus(main);

  const switchTheme = (): void => {
    const dark = document.documentElement.getAttribute('data-mantine-color-scheme') === 'dark';
    setColorScheme(dark ? 'light' : 'dark');
  };
  // The palette is fetched and drawn after the keystroke that asks for it: what is typed meanwhile is its first text.
  const endTypeAhead = useRef<() => void>(() => undefined);
  useEffect(() => () => endTypeAhead.current(), []);
  const closePalette = (): void => {
    endTypeAhead.current();
    setPalette('closed');
  };
  useLayer(palette === 'open', closePalette);
  const openPalette = (): void => {
    if (palette === 'open') return;
    endTypeAhead.current();
    setSought('');
    endTypeAhead.current = typeAhead('.palette-search', { onText: setSought, onGiveUp: closePalette });
    setPalette('open');
  };
  const format = useFormats();
  const page = usePageKeys(main, { onSearch: openPalette });
  useKeys([
    { keys: 'mod+k', label: 'keys.palette', run: openPalette },
    { keys: '?', label: 'keys.sheet', run: () => setKeySheet(true) },
    { keys: 't', label: 'keys.theme', run: switchTheme },
    { keys: '[', label: 'keys.rail', run: toggleRail },
    {
      keys: 'g i',
      label: 'page.notifications',
      run: () => void navigate({ to: '/$workspace/notifications', params: { workspace: workspace.slug } }),
    },
    { keys: 'g w', label: 'page.workspaces', run: () => void navigate({ to: '/workspaces' }) },
    ...families.flatMap((family) =>
      family.pages.map((page) => ({
        keys: page.go,
        label: page.name,
        run: () => void navigate({ to: page.to, params: { workspace: workspace.slug } }),
      })),
    ),
  ]);

  return (
    <div className="shell" data-rail={collapsed ? 'collapsed' : 'open'} data-scheme={colorScheme}>
      <a className="skip" href="#main">
        {t('shell.skip')}
      </a>
      {drawer ? (
        <button
          type="button"
          className="rail-scrim"
          aria-label={t('action.close')}
          onClick={() => setDrawer(false)}
        />
      ) : null}
      <nav className={drawer ? 'rail rail-drawer' : 'rail'} aria-label={t('shell.pages')}>
        <div className="rail-brand">
          OK<i>Tee</i>
        </div>
        {families.map((family) => (
          <div key={family.module} className="rail-family">
            <p className="rail-family-name">{t(family.name)}</p>
            <ul>
              {family.pages.map((page) => (
                <li key={page.to}>
                  <Link
                    to={page.to}
                    params={{ workspace: workspace.slug }}
                    className="rail-link"
                    activeProps={{ className: 'rail-link rail-link-on', 'aria-current': 'page' }}
                    activeOptions={{ includeSearch: false }}
                    title={t(page.name)}
                    onClick={() => setDrawer(false)}
                  >
                    <span className="rail-word">{t(page.name)}</span>
                    {page.name === 'page.exceptions' ? <RailCount /> : null}
                    <span className="rail-short" aria-hidden="true">
                      {t(page.name).slice(0, 2)}
                    </span>
                  </Link>
                </li>
              ))}
            </ul>
          </div>
        ))}
        <div className="rail-foot">
          <WorkspaceSwitcher />
          <button
            type="button"
            className="rail-fold"
            aria-expanded={!collapsed}
            aria-label={t('keys.rail')}
            title={t('keys.rail')}
            onClick={toggleRail}
          >
            <Icon name={collapsed ? 'right' : 'left'} size={12} />
          </button>
        </div>
      </nav>
      <div className="shell-page">
        <header className="top">
          <button
            type="button"
            className="top-menu"
            aria-label={t('shell.menu')}
            onClick={() => setDrawer(true)}
          >
            <Icon name="menu" />
          </button>
          <Breadcrumbs />
          <button type="button" className="top-search" onClick={openPalette}>
            <span className="top-search-words">
              <Icon name="search" /> {t('shell.search')}
            </span>
            <kbd>{t('shell.searchKey')}</kbd>
          </button>
          <FreshnessChip />
          <button
            type="button"
            className="top-refresh"
            aria-label={t('keys.refresh')}
            title={t('keys.refresh')}
            onClick={() => void page.refresh()}
          >
            <Icon name="refresh" />
          </button>
          <Bell />
          <UserMenu onKeys={() => setKeySheet(true)} />
          <ProgressLine active={page.refreshing} />
          <span className="visually-hidden" role="status">
            {page.refreshed === null
              ? ''
              : page.refreshed.whole
                ? t('shell.refreshed', { at: format.time(new Date(page.refreshed.at).toISOString()) })
                : t('shell.notRefreshed')}
          </span>
        </header>
        <PreviewBanner />
        <Notices />
        <main id="main" className="main" tabIndex={-1} ref={main}>
          <Suspense>
            <Readable>
              <Outlet />
            </Readable>
          </Suspense>
        </main>
      </div>
      {palette !== 'unused' ? (
        <Suspense>
          <Palette
            opened={palette === 'open'}
            query={sought}
            onQuery={setSought}
            onClose={closePalette}
            onTheme={switchTheme}
            onKeys={() => setKeySheet(true)}
          />
        </Suspense>
      ) : null}
      <Suspense>
        <UndoHost />
      </Suspense>
      <UnsavedGuard />
      <KeySheet opened={keySheet} onClose={() => setKeySheet(false)} />
    </div>
  );
}

function Breadcrumbs(): JSX.Element {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const crumbs = useMatches({ select: (matches) => matches.at(-1)?.staticData.crumbs }) ?? [];
  const record = useCrumb();
  const title = record ?? (crumbs.length > 0 ? t(crumbs.at(-1) ?? '') : '');
  useEffect(() => {
    document.title = title ? `${title} · OKTee` : 'OKTee';
  }, [title]);
  const pageOf = (name: string) =>
    FAMILIES.flatMap((family) => family.pages).find((page) => page.name === name)?.to;
  return (
    <nav className="crumbs" aria-label={t('shell.where')}>
      <ol>
        {crumbs.map((crumb, index) => {
          const to = pageOf(crumb);
          const last = index === crumbs.length - 1 && !record;
          return (
            <li key={crumb} aria-current={last ? 'page' : undefined}>
              {to && !last ? (
                <Link to={to} params={{ workspace: workspace.slug }}>
                  {t(crumb)}
                </Link>
              ) : (
                t(crumb)
              )}
            </li>
          );
        })}
        {record ? (
          <li aria-current="page" className="mono">
            {record}
          </li>
        ) : null}
      </ol>
    </nav>
  );
}
