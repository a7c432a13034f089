/** The MQTT topic of one of a meter's streams: `m3ter/{chainId}/{m3terId}/{stream}`. */
export function meterTopic(chainId: number, m3terId: bigint, stream: string): string {
  return `m3ter/${chainId}/${m3terId}/${stream}`;
}
