/** The picture of a product. */
import { type JSX, useState } from 'react';
import './ProductTile.css';

/** Stands on white in both themes; a picture that cannot be had leaves the tile empty. */
export function ProductTile({ url }: { url: string | null }): JSX.Element {
  const [failed, setFailed] = useState<string | null>(null);
  return (
    <span className="tile">
      {url && url !== failed ? (
        <img
          src={url}
          alt=""
          width="26"
          height="26"
          loading="lazy"
          decoding="async"
          onError={() => setFailed(url)}
        />
      ) : null}
    </span>
  );
}
