/** A button that names what it does; when it may not be pressed it stays visible and says why. */
import { Tooltip } from '@mantine/core';
import { type ButtonHTMLAttributes, type JSX, type ReactNode, type Ref, useId } from 'react';
import './Button.css';

export interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'disabled'> {
  /** The ink button; one per view. */
  primary?: boolean;
  /** Looks like a link: for the lesser actions beside a button. */
  quiet?: boolean;
  /** For what cannot be taken back: the consequence stands beside it in words. */
  danger?: boolean;
  /** Why it may not be pressed now; null or absent: it may. */
  reason?: string | null | undefined;
  busy?: boolean | undefined;
  children: ReactNode;
  ref?: Ref<HTMLButtonElement>;
}

export function Button({
  primary,
  quiet,
  danger,
  reason,
  busy,
  className,
  onClick,
  children,
  type = 'button',
  ...rest
}: ButtonProps): JSX.Element {
  const id = useId();
  const look = primary
    ? 'button-primary'
    : quiet
      ? 'button-quiet'
      : danger
        ? 'button-danger'
        : 'button-plain';
  const blocked = Boolean(reason) || Boolean(busy);
  return (
    // Always there, so that the button keeps its place and its focus when the reason comes or goes.
    <Tooltip
      label={reason}
      disabled={!reason}
      events={{ hover: true, focus: true, touch: true }}
      multiline
      maw={280}
    >
      {/* aria-disabled rather than disabled: the reason must be reachable by keyboard and pointer. */}
      <button
        {...rest}
        type={type}
        className={['button', look, className].filter(Boolean).join(' ')}
        aria-disabled={blocked || undefined}
        aria-busy={busy || undefined}
        aria-describedby={reason ? id : rest['aria-describedby']}
        onClick={(event) => {
          if (blocked) event.preventDefault();
          else onClick?.(event);
        }}
      >
        {children}
        {reason ? (
          <span id={id} className="visually-hidden">
            {reason}
          </span>
        ) : null}
      </button>
    </Tooltip>
  );
}
