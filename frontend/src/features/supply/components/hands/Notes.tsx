/** What people wrote, and a new note. A name is offered as it is typed after an @; whoever is named is told. */
import { type JSX, type KeyboardEvent, type RefObject, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { draftOf, keepDraft } from '~/lib/drafts';
import { Button } from '~/ui/Button';
import { Age } from '~/ui/Clock';
import { Icon } from '~/ui/Icon';
import { complete, matching, type Named, namedIn, typedAt } from './mentioning';

const LONGEST = 4000;

export function Notes({
  of,
  notes,
  everybody,
  busy,
  onAdd,
  onDelete,
}: {
  /** What is noted on: words that were not added yet are there again when it is opened again. */
  of: string;
  notes: Schemas['NoteOut'][];
  /** People and teams who see what is noted on. */
  everybody: Named[];
  busy: boolean;
  onAdd(note: Schemas['NoteIn'], done: () => void): void;
  onDelete(noteId: string, done: () => void): void;
}): JSX.Element {
  const { t } = useTranslation('teamwork');
  const [body, write] = useState(() => draftOf(of));
  const setBody = (next: string): void => {
    write(next);
    keepDraft(of, next);
  };
  const told = namedIn(everybody, body);
  const box = useRef<HTMLTextAreaElement>(null);
  /** Has the focus once a note is gone with its button: not the box, where the next J or K would be typed. */
  const part = useRef<HTMLFieldSetElement>(null);
  return (
    <fieldset ref={part} className="together-part" tabIndex={-1} aria-label={t('card.notes')}>
      <span className="label">{t('card.notes')}</span>
      {notes.length === 0 ? <p className="quiet">{t('card.noNotes')}</p> : null}
      {notes.map((note) => (
        <div key={note.id}>
          <span className="together-row">
            <span className="label">
              <b>{note.author}</b> · <Age at={note.created_at} />
            </span>
            {note.mine ? (
              <Button
                quiet
                aria-label={t('card.deleteNote')}
                onClick={() => onDelete(note.id, () => part.current?.focus())}
              >
                <Icon name="close" size={12} />
              </Button>
            ) : null}
          </span>
          <p className="together-note">{note.body}</p>
        </div>
      ))}
      <NoteBox box={box} body={body} onBody={setBody} everybody={everybody} />
      {told.length > 0 ? (
        <span className="label">{t('card.told', { names: told.map((one) => one.name).join(', ') })}</span>
      ) : null}
      {body.trim() ? (
        <span>
          <Button
            busy={busy}
            onClick={() =>
              onAdd({ body: body.trim(), mentions: told.map(({ type, id }) => ({ type, id })) }, () => {
                setBody('');
                box.current?.focus(); // the button is gone with the words
              })
            }
          >
            {t('card.add')}
          </Button>
        </span>
      ) : null}
    </fieldset>
  );
}

/** The words, and under them who it may be as long as an @ is being typed. */
function NoteBox({
  box,
  body,
  onBody,
  everybody,
}: {
  box: RefObject<HTMLTextAreaElement | null>;
  body: string;
  onBody(body: string): void;
  everybody: Named[];
}): JSX.Element {
  const { t } = useTranslation('teamwork');
  const name = useId();
  const [caret, setCaret] = useState(0);
  const [at, setAt] = useState(0);
  /** Where an @ stands whose list was closed with Esc. */
  const [closed, setClosed] = useState<number | null>(null);
  const typed = typedAt(body, caret);
  const found = typed && typed.from !== closed ? matching(everybody, typed.words) : [];
  const chosen = found[Math.min(at, found.length - 1)];
  const put = (one: Named): void => {
    if (!typed) return;
    const next = complete(body, caret, typed.from, one.name);
    onBody(next.text);
    setCaret(next.caret);
    setAt(0);
    // The caret follows once the text is there.
    requestAnimationFrame(() => {
      box.current?.focus();
      box.current?.setSelectionRange(next.caret, next.caret);
    });
  };
  const move = (event: KeyboardEvent): void => {
    if (!chosen || !typed || event.nativeEvent.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setAt((Math.min(at, found.length - 1) + step + found.length) % found.length);
    else if (event.key === 'Enter' || event.key === 'Tab') put(chosen);
    else if (event.key === 'Escape') setClosed(typed.from);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="note-box">
      <textarea
        ref={box}
        className="field"
        rows={2}
        maxLength={LONGEST}
        aria-label={t('card.note')}
        aria-autocomplete="list"
        aria-haspopup="listbox"
        aria-controls={chosen ? name : undefined}
        aria-activedescendant={chosen ? `${name}-${chosen.id}` : undefined}
        placeholder={t('card.placeholder')}
        value={body}
        onChange={(event) => {
          onBody(event.target.value);
          setCaret(event.target.selectionStart);
          setAt(0);
          setClosed(null);
        }}
        onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
        onBlur={() => typed && setClosed(typed.from)}
        onFocus={() => setClosed(null)}
        onKeyDown={move}
      />
      <span className="visually-hidden" role="status">
        {chosen ? t('card.offered', { count: found.length }) : ''}
      </span>
      {chosen ? (
        <div id={name} className="note-names" role="listbox" aria-label={t('card.mention')}>
          {found.map((one) => (
            // biome-ignore lint/a11y/useFocusableInteractive: the keys stay in the text; aria-activedescendant tells which is chosen.
            // biome-ignore lint/a11y/useKeyWithClickEvents: Enter in the text chooses.
            <div
              key={one.id}
              id={`${name}-${one.id}`}
              role="option"
              aria-selected={one === chosen}
              className="note-name"
              // A press must not take the focus out of the text first.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => put(one)}
            >
              <span>{one.name}</span>
              {one.type === 'team' ? <span className="label">{t('card.team')}</span> : null}
            </div>
          ))}
        </div>
      ) : null}
    </div>
  );
}
