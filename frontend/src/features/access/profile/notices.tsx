/** Profile, the notices: for each kind whether it is shown in the app, mailed at once, or kept for the daily mail. */
import { Input } from '@mantine/core';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Preferences, usePreferences } from '~/lib/preferences';
import { useUnsaved } from '~/lib/unsaved';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { TimeField } from '~/ui/MomentField';
import { Notice } from '~/ui/states';
import { useUnread } from '~/ui/unread';

const NONE = { in_app: false, email: false, digest: false };
const CHANNELS = ['in_app', 'email', 'digest'] as const;

export function NoticesSection(): JSX.Element {
  const { t } = useTranslation(['access', 'common']);
  const { preferences, save } = usePreferences();
  const [notices, setNotices] = useState(preferences.notices ?? {});
  const [digestAt, setDigestAt] = useState(preferences.digest_at ?? '08:00');
  const unread = useUnread();
  useUnsaved(
    unread.any ||
      digestAt !== (preferences.digest_at ?? '08:00') ||
      Object.entries(notices).some(([kind, to]) =>
        CHANNELS.some(
          (channel) => to[channel] !== preferences.notices?.[kind as keyof typeof notices]?.[channel],
        ),
      ),
  );
  const kinds = Object.keys(notices) as (keyof NonNullable<Preferences['notices']>)[];
  return (
    <Card title={t('profile.notices')} aside={save.isSuccess ? t('common:profile.saved') : null}>
      {save.isError ? <Notice tone="critical">{t('profile.notSaved')}</Notice> : null}
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate({ notices, digest_at: digestAt });
        }}
      >
        <div className="profile-scroll">
          <table className="profile-table">
            <thead>
              <tr>
                <th scope="col">{t('profile.noticeKind')}</th>
                {CHANNELS.map((channel) => (
                  <th key={channel} scope="col">
                    {t(`profile.channel.${channel}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {kinds.map((kind) => (
                <tr key={kind}>
                  <th scope="row">{t(`profile.notice.${kind}`)}</th>
                  {CHANNELS.map((channel) => (
                    <td key={channel}>
                      <input
                        type="checkbox"
                        aria-label={`${t(`profile.notice.${kind}`)}: ${t(`profile.channel.${channel}`)}`}
                        checked={notices[kind]?.[channel] ?? false}
                        onChange={(event) => {
                          const on = event.target.checked;
                          setNotices((known) => ({
                            ...known,
                            [kind]: { ...NONE, ...known[kind], [channel]: on },
                          }));
                          save.reset();
                        }}
                      />
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <div className="profile-row">
          <Input.Wrapper className="form-moment" labelElement="div" label={t('profile.digestAt')}>
            <TimeField
              label={t('profile.digestAt')}
              value={digestAt}
              onChange={(time) => {
                setDigestAt(time);
                save.reset();
              }}
              onUnread={unread.at('digest')}
            />
          </Input.Wrapper>
          <Button
            type="submit"
            reason={unread.any ? t('common:day.unread') : digestAt === '' ? t('profile.digestMissing') : null}
            busy={save.isPending}
          >
            {t('profile.saveNotices')}
          </Button>
        </div>
      </form>
    </Card>
  );
}
