/** The nonce of this response, with which style elements made by libraries satisfy the Content-Security-Policy. */
declare global {
  interface Window {
    __webpack_nonce__?: string;
  }
}

export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
}

// `get-nonce`, by which the dialogs' scroll lock makes its style element, reads this well-known name.
window.__webpack_nonce__ = styleNonce();
