/** Give the reader a file. */

/** Offer `content` as a download of that name. */
export function saveFile(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser has taken the address over once the click is through its queue.
  window.setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** A data address (as a canvas gives it) as a blob; `fetch` of it would need a looser content policy. */
export function blobOf(dataAddress: string): Blob {
  const [head = "", body = ""] = dataAddress.split(",");
  const bytes = Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0));
  return new Blob([bytes], { type: /^data:([^;]+)/.exec(head)?.[1] ?? "application/octet-stream" });
}
