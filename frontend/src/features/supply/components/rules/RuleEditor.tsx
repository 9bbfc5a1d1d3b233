/** One rule: whose lines, what is taken, when it is sent and when a person looks; with the last lines decided as typed. */
import { TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, client, type Schemas } from '~/lib/api';
import { useKeys } from '~/lib/keys';
import { useProblems } from '~/lib/problems';
import { useDenied } from '~/lib/reason';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { Notice } from '~/ui/states';
import { Conditions } from './Conditions';
import { EnableDialog } from './EnableDialog';
import { type Enabled, EnabledNotice } from './EnabledNotice';
import { Examples, useEvaluation } from './Examples';
import { type Body, KNOBS, type Knob, pointerOf, read, write } from './fields';
import { KnobField } from './KnobField';
import { Shadow, ShadowCard } from './Shadow';
import { ShadowDialog } from './ShadowDialog';
import { Simulation } from './Simulation';
import { Versions } from './Versions';
import { Watch } from './Watch';
import type { RuleWords } from './words';

export function RuleEditor({
  rule,
  start = null,
  startName = '',
  choices,
  owner,
  words,
  onSaved,
  onClose,
}: {
  /** null: a new one. */
  rule: Schemas['RuleDetail'] | null;
  /** What a new one begins with; by default the careful start. */
  start?: Body | null;
  startName?: string;
  choices: Schemas['RuleChoices'];
  owner: boolean;
  words: RuleWords;
  onSaved(id: string): void;
  onClose(): void;
}): JSX.Element {
  const { t, i18n } = useTranslation(['rules', 'simulation', 'common']);
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const says = useProblems();
  const denied = useDenied('rules.write');
  const readOnly = denied !== null;
  const first = rule?.newest.body ?? choices.start;
  const [body, setBody] = useState<Body>(start ?? first);
  const [name, setName] = useState(rule?.name ?? startName);
  const [note, setNote] = useState('');
  const [consequence, setConsequence] = useState('');
  const [broken, setBroken] = useState<ReadonlySet<string>>(new Set());
  const [leaving, setLeaving] = useState(false);
  const [enabling, setEnabling] = useState<Schemas['RuleVersion'] | null>(null);
  const [simulating, setSimulating] = useState(false);
  const [shadowing, setShadowing] = useState<Schemas['RuleVersion'] | null>(null);
  const [inShadow, setInShadow] = useState(false);
  const [enabled, setEnabled] = useState<Enabled | null>(null);
  const path = { workspace: workspace.slug };
  const filled = (body.when ?? []).every((one) => one.values.length > 0);
  const ready = broken.size === 0 && filled;
  const evaluation = useEvaluation(rule?.id ?? null, body, ready);
  const changed = JSON.stringify(body) !== JSON.stringify(first) || (rule !== null && name !== rule.name);
  const typed = choices.consequences[i18n.language.startsWith('fr') ? 1 : 0] ?? '';

  const save = useMutation({
    mutationFn: async () => {
      const sent = {
        body,
        note: note.trim() || null,
        consequence: body.then?.may_reject_lines ? consequence : null,
      };
      const { data } =
        rule === null
          ? await client.POST('/api/v1/{workspace}/supply/rules', {
              params: { path },
              body: { ...sent, name },
            })
          : await client.POST('/api/v1/{workspace}/supply/rules/{rule_id}/versions', {
              params: { path: { ...path, rule_id: rule.id } },
              body: { ...sent, name: rule.standard ? null : name },
            });
      return data as Schemas['RuleDetail'];
    },
    onSuccess: async (saved) => {
      setNote('');
      await queryClient.invalidateQueries({
        predicate: (query) => String(query.queryKey[1]).includes('/supply/rules'),
      });
      onSaved(saved.id);
    },
  });
  const faults = save.error instanceof ApiProblem ? save.error.errors : [];
  const findings = evaluation.data?.findings ?? [];
  const faultOf = (pointer: string): string | null => {
    const fault = faults.find((one) => one.pointer === `/body${pointer}`);
    if (fault) return says.field(fault);
    const finding = findings.find((one) => one.level === 'error' && one.pointer === pointer);
    return finding ? words.finding(finding) : null;
  };
  const reason =
    denied ??
    (broken.size > 0
      ? t('save.broken')
      : !filled
        ? t('save.empty')
        : name.trim() === ''
          ? t('save.noName')
          : !changed && rule !== null
            ? t('save.same')
            : null);
  useKeys([
    {
      keys: 'mod+s',
      label: 'keys.saveRule',
      run: (event) => {
        event.preventDefault();
        if (!reason && !save.isPending) save.mutate();
      },
    },
    {
      keys: 's',
      label: 'keys.simulateRule',
      run: () => {
        if (ready && !readOnly) setSimulating(true);
      },
    },
  ]);

  const draft =
    rule && rule.newest.activates_at === null && !changed && rule.newest.number !== rule.running?.number
      ? rule.newest
      : null;
  const field = (knob: Knob): JSX.Element | null => {
    const pointer = pointerOf(knob);
    if (knob.shown && !knob.shown(body)) return null;
    return (
      <KnobField
        // What was typed belongs to this body: loading another version starts the boxes anew.
        key={pointer}
        knob={knob}
        value={read(body, pointer)}
        zone={workspace.time_zone}
        fault={faultOf(pointer)}
        readOnly={readOnly}
        reason={knob.path === 'may_reject_lines' && !owner ? t('ownerOnly') : null}
        onChange={(value) => setBody((before) => write(before, pointer, value))}
        onBroken={(bad) =>
          setBroken((before) => {
            const next = new Set(before);
            if (bad) next.add(pointer);
            else next.delete(pointer);
            return next;
          })
        }
      />
    );
  };

  const dialog =
    rule && enabling ? (
      <EnableDialog
        rule={rule}
        version={enabling}
        words={words}
        owner={owner}
        unsaved={changed && JSON.stringify(body) !== JSON.stringify(enabling.body)}
        onSimulate={() => {
          setBody(enabling.body);
          setEnabling(null);
          setInShadow(false);
          setSimulating(true);
        }}
        onEnabled={(from) => {
          setEnabled({ version: enabling.number, before: rule.running?.number ?? null, from });
          setEnabling(null);
          setInShadow(false);
          setSimulating(false);
        }}
        onClose={() => setEnabling(null)}
      />
    ) : rule && shadowing ? (
      <ShadowDialog
        rule={rule}
        version={shadowing}
        onStarted={() => {
          setShadowing(null);
          setSimulating(false);
          setInShadow(true);
        }}
        onClose={() => setShadowing(null)}
      />
    ) : null;
  if (rule && inShadow) {
    return (
      <>
        <Shadow rule={rule} denied={denied} onBack={() => setInShadow(false)} onEnable={setEnabling} />
        {dialog}
      </>
    );
  }
  if (simulating) {
    return (
      <>
        <Simulation
          rule={rule}
          name={name}
          body={body}
          denied={denied}
          onBody={setBody}
          onBack={() => setSimulating(false)}
          onEnable={setEnabling}
          onShadow={setShadowing}
        />
        {dialog}
      </>
    );
  }

  return (
    <>
      {rule && enabled ? <EnabledNotice rule={rule} enabled={enabled} words={words} /> : null}
      <div className="rule-narrow">
        <Notice tone="neutral">{t('narrow')}</Notice>
      </div>
      <div className="rule-editor">
        <div className="stack">
          <Card
            title={
              rule ? t('editor.title', { name: rule.name, version: rule.newest.number }) : t('editor.new')
            }
            aside={
              rule?.running
                ? t('editor.running', { version: rule.running.number })
                : rule
                  ? t('editor.draft')
                  : null
            }
          >
            {denied ? <p className="label">{t('readOnly')}</p> : null}
            {rule?.standard ? (
              <p className="quiet">{t('editor.standard')}</p>
            ) : (
              <TextInput
                label={t('name')}
                value={name}
                maxLength={80}
                disabled={readOnly}
                onChange={(event) => setName(event.currentTarget.value)}
              />
            )}
          </Card>
          {rule?.standard ? null : (
            <Card title={t('section.when')}>
              <Conditions
                body={body}
                choices={choices}
                readOnly={readOnly}
                onChange={(when) => setBody((before) => ({ ...before, when }))}
              />
              {faultOf('/when') ? (
                <p className="tone-critical" role="alert">
                  {faultOf('/when')}
                </p>
              ) : null}
            </Card>
          )}
          {(['then', 'send', 'stop'] as const).map((section) => (
            <Card key={section} title={t(`section.${section}`)}>
              <p className="quiet rule-lead">{t(`lead.${section}`)}</p>
              <div className="rule-fields">{KNOBS.filter((knob) => knob.section === section).map(field)}</div>
              {section === 'then' && body.then?.may_reject_lines ? (
                <div className="rule-door">
                  <p className="tone-critical">{t('door.text')}</p>
                  {readOnly ? null : (
                    <TextInput
                      label={t('door.type', { sentence: typed })}
                      value={consequence}
                      error={
                        faults.some((one) => one.pointer === '/consequence') ? t('door.missing') : undefined
                      }
                      onChange={(event) => setConsequence(event.currentTarget.value)}
                    />
                  )}
                </div>
              ) : null}
            </Card>
          ))}
        </div>
        <div className="stack rule-side">
          {rule ? <Watch rule={rule} denied={denied} /> : null}
          {rule ? <ShadowCard rule={rule} onOpen={() => setInShadow(true)} /> : null}
          <Card title={t('inWords')}>
            <p className="strong">{words.scope(body)}</p>
            <ul className="rule-words">
              {words.does(body).map((sentence) => (
                <li key={sentence}>{sentence}</li>
              ))}
            </ul>
          </Card>
          {findings.length > 0 ? (
            <Card title={t('warnings', { count: findings.length })}>
              <ul className="rule-findings">
                {findings.map((one) => (
                  <li
                    key={`${one.code}-${one.pointer}`}
                    className={one.level === 'error' ? 'tone-critical' : 'tone-caution'}
                  >
                    {words.finding(one)}
                  </li>
                ))}
              </ul>
            </Card>
          ) : null}
          <Card title={t('examples.card')}>
            <Examples evaluation={evaluation.data} busy={evaluation.isFetching} />
          </Card>
          {rule ? (
            <Versions
              rule={rule}
              words={words}
              onTake={readOnly ? null : (taken) => setBody(taken)}
              onEnable={setEnabling}
              onShadow={setShadowing}
            />
          ) : null}
        </div>
      </div>
      <div className="rule-bar">
        {save.isError ? (
          <p className="tone-critical" role="alert">
            {says.text(save.error)}
          </p>
        ) : null}
        {readOnly ? null : (
          <input
            className="field"
            aria-label={t('note')}
            placeholder={t('note')}
            maxLength={500}
            value={note}
            onChange={(event) => setNote(event.target.value)}
          />
        )}
        <Button onClick={() => (changed && !readOnly && !leaving ? setLeaving(true) : onClose())}>
          {leaving && changed ? t('leave') : t('back')}
        </Button>
        <Button
          reason={denied ?? (ready ? null : broken.size > 0 ? t('save.broken') : t('save.empty'))}
          onClick={() => setSimulating(true)}
        >
          {t('simulation:open')}
        </Button>
        {draft ? (
          <Button reason={denied} onClick={() => setEnabling(draft)}>
            {t('enable.button', { version: draft.number })}
          </Button>
        ) : null}
        <Button primary reason={reason} busy={save.isPending} onClick={() => save.mutate()}>
          {rule ? t('save.version', { version: rule.newest.number + 1 }) : t('save.draft')}
        </Button>
      </div>
      {dialog}
    </>
  );
}
