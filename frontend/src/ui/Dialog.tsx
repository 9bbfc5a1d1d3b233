/** A question or a review on top of the page; focus is kept inside and given back. */
import { Modal } from '@mantine/core';
import type { JSX, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useLayer } from '~/lib/keys';

export function Dialog({
  title,
  opened,
  onClose,
  size = 520,
  children,
  footer,
}: {
  title: ReactNode;
  opened: boolean;
  onClose(): void;
  size?: number;
  children: ReactNode;
  footer?: ReactNode;
}): JSX.Element {
  const { t } = useTranslation();
  useLayer(opened, onClose);
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={title}
      size={size}
      closeOnEscape={false}
      closeButtonProps={{ 'aria-label': t('action.close') }}
      transitionProps={{ duration: 120 }}
      centered
    >
      <div className="dialog-body">{children}</div>
      {footer ? (
        <div className="dialog-footer" data-foot>
          {footer}
        </div>
      ) : null}
    </Modal>
  );
}
