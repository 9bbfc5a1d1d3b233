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
import { Dialog } from '~/ui/Dialog';
import { useRuleName } from '~/ui/Provenance';
import { Notice } from '~/ui/states';
import { Conditions } from './Conditions';
import { useDraft } from './drafting';
import { EnableDialog } from './EnableDialog';
import { type Enabled, EnabledNotice } from './EnabledNotice';
import { useEvaluation } from './Examples';
import { type Body, KNOBS, type Knob, pointerOf, read, write } from './fields';
import { KnobField } from './KnobField';
import { NewerNotice } from './NewerNotice';
import { Proposal } from './Proposal';
import { RuleSide } from './RuleSide';
import { Shadow } from './Shadow';
import { ShadowDialog } from './ShadowDialog';
import { Simulation } from './Simulation';
import type { RuleWords } from './words';

export interface RuleView {
  sim: string | null;
  shadow: boolean;
}
export const ITSELF: RuleView = { sim: null, shadow: false };
const ASKING: RuleView = { sim: 'new', shadow: false };

export function RuleEditor({
  rule,
  start = null,
  startName = '',
  choices,
  owner,
  words,
  view,
  onView,
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
  /** What of the rule is open: itself, a simulation of what is typed (`new`: not asked for yet), or its shadow. */
  view: RuleView;
  onView(view: RuleView, replace?: boolean): void;
  onSaved(id: string): void;
  onClose(): void;
}): JSX.Element {
  const { t, i18n } = useTranslation(['rules', 'simulation', 'common']);
  const ruleName = useRuleName();
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const says = useProblems();
  const denied = useDenied('rules.write');
  const readOnly = denied !== null;
  const draft = useDraft(rule, start ?? choices.start, startName, { kept: !readOnly });
  const { body, setBody, name, setName, consequence, setConsequence, broken, changed, load, newer } = draft;
  const [note, setNote] = useState('');
  const [enabling, setEnabling] = useState<Schemas['RuleVersion'] | null>(null);
  const [shadowing, setShadowing] = useState<Schemas['RuleVersion'] | null>(null);
  const [enabled, setEnabled] = useState<Enabled | null>(null);
  /** A version that would take the place of what is typed, while that is asked. */
  const [taking, setTaking] = useState<Body | null>(null);
  const path = { workspace: workspace.slug };
  const filled = (body.when ?? []).every((one) => one.values.length > 0);
  const ready = broken.size === 0 && filled;
  const evaluation = useEvaluation(rule?.id ?? null, body, ready);
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
      draft.saved(saved);
      await queryClient.invalidateQueries({
        predicate: (query) => String(query.queryKey[1]).includes('/supply/rules'),
      });
      // Its address is new; that of a rule already open stays as it is, with what was opened since.
      if (rule === null) onSaved(saved.id);
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
        if (ready && !readOnly) onView(ASKING);
      },
    },
  ]);

  const enablable =
    rule && rule.newest.activates_at === null && !changed && rule.newest.number !== rule.running?.number
      ? rule.newest
      : null;
  const field = (knob: Knob): JSX.Element | null => {
    const pointer = pointerOf(knob);
    if (knob.shown && !knob.shown(body)) return null;
    return (
      <KnobField
        // What was typed belongs to this body: loading another version starts the boxes anew.
        key={`${draft.boxes}-${pointer}`}
        knob={knob}
        value={read(body, pointer)}
        zone={workspace.time_zone}
        fault={faultOf(pointer)}
        known={knob.path === 'known_deals' ? choices.deal_codes : undefined}
        readOnly={false}
        reason={knob.path === 'may_reject_lines' && !owner ? t('ownerOnly') : null}
        onChange={(value) => setBody((before) => write(before, pointer, value))}
        onBroken={(bad) => draft.mark(pointer, bad)}
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
          load(enabling.body);
          setEnabling(null);
          onView(ASKING);
        }}
        onEnabled={(from) => {
          setEnabled({ version: enabling.number, before: rule.running?.number ?? null, from });
          setEnabling(null);
          onView(ITSELF);
        }}
        onClose={() => setEnabling(null)}
      />
    ) : rule && shadowing ? (
      <ShadowDialog
        rule={rule}
        version={shadowing}
        onStarted={() => {
          setShadowing(null);
          onView({ sim: null, shadow: true });
        }}
        onClose={() => setShadowing(null)}
      />
    ) : null;
  if (rule && view.shadow) {
    return (
      <>
        <Shadow rule={rule} denied={denied} onBack={() => onView(ITSELF)} onEnable={setEnabling} />
        {dialog}
      </>
    );
  }
  if (view.sim !== null) {
    return (
      <>
        <Simulation
          rule={rule}
          name={name}
          body={body}
          remarks={findings.filter((one) => one.level !== 'error').map((one) => words.finding(one))}
          denied={denied}
          id={view.sim === 'new' ? null : view.sim}
          onId={(id) => onView({ sim: id, shadow: false }, true)}
          onFound={(found) => {
            // Come to by its address: what was tried is what is typed, unless something else is.
            if (changed || start !== null) return;
            load(found.body);
            if (rule === null) setName(found.rule_name);
          }}
          onBody={load}
          onBack={() => onView(ITSELF)}
          onEnable={setEnabling}
          onShadow={setShadowing}
        />
        {dialog}
      </>
    );
  }

  return (
    <>
      {rule && newer && changed ? (
        <NewerNotice
          newer={newer}
          based={draft.based}
          onTake={() => draft.follow(rule)}
          onKeep={draft.keepMine}
        />
      ) : null}
      {rule && enabled ? <EnabledNotice rule={rule} enabled={enabled} words={words} /> : null}
      <div className="rule-narrow">
        <Notice tone="neutral">{t('narrow')}</Notice>
      </div>
      <div className="rule-editor">
        <div className="stack">
          <Card
            title={
              rule
                ? t('editor.title', { name: ruleName(rule.name), version: rule.newest.number })
                : t('editor.new')
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
                onChange={(event) => setName(event.currentTarget.value)}
              />
            )}
          </Card>
          {rule?.standard ? null : (
            <Card title={t('section.when')}>
              <Conditions
                body={body}
                choices={choices}
                readOnly={false}
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
        <RuleSide
          rule={rule}
          body={body}
          words={words}
          evaluation={evaluation.data}
          busy={evaluation.isFetching}
          denied={denied}
          onTake={(next) => (changed ? setTaking(next) : load(next))}
          onEnable={setEnabling}
          onShadow={setShadowing}
          onReport={() => onView({ sim: null, shadow: true })}
        />
      </div>
      <div className="rule-bar" data-foot>
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
        {readOnly && changed ? <Proposal rule={rule} name={name} body={body} words={words} /> : null}
        <Button onClick={onClose}>{t('back')}</Button>
        <Button
          reason={denied ?? (ready ? null : broken.size > 0 ? t('save.broken') : t('save.empty'))}
          onClick={() => onView(ASKING)}
        >
          {t('simulation:open')}
        </Button>
        {enablable ? (
          <Button reason={denied} onClick={() => setEnabling(enablable)}>
            {t('enable.button', { version: enablable.number })}
          </Button>
        ) : null}
        <Button primary reason={reason} busy={save.isPending} onClick={() => save.mutate()}>
          {rule ? t('save.version', { version: rule.newest.number + 1 }) : t('save.draft')}
        </Button>
      </div>
      <Dialog
        title={t('versions.takeTitle')}
        opened={taking !== null}
        onClose={() => setTaking(null)}
        footer={
          <>
            <Button onClick={() => setTaking(null)}>{t('common:action.cancel')}</Button>
            <Button
              primary
              data-autofocus
              onClick={() => {
                if (taking) load(taking);
                setTaking(null);
              }}
            >
              {t('versions.takeIt')}
            </Button>
          </>
        }
      >
        <p>{t('versions.takeText')}</p>
      </Dialog>
      {dialog}
    </>
  );
}
