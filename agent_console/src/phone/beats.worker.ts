import { beats, type Order } from "./beats";

const take = beats((id) => postMessage(id));
addEventListener("message", ({ data }: MessageEvent<Order>) => take(data));
