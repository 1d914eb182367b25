/** What the softphone asks of WebRTC beyond its defaults. Pure. */

/** PCMU first: the telephone side speaks it, so nothing is transcoded on the way. */
export function pcmuFirst<C extends { mimeType: string }>(codecs: readonly C[]): C[] {
  const rank = (codec: C): number => {
    switch (codec.mimeType.toLowerCase()) {
      case "audio/pcmu":
        return 0;
      case "audio/pcma":
        return 1;
      default:
        return 2;
    }
  };
  return [...codecs].sort((a, b) => rank(a) - rank(b));
}
