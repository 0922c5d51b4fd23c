/**
 * The structures of `POST /networks/create`, `/networks/{id}/connect` and
 * `/networks/{id}/disconnect`; that of an endpoint is in `container.ts`.
 *
 * @module
 */

/** Rows in the format of `table.ts`; `CheckDuplicate` is of engines before 29.0. */
export const NETWORK = `
= NetworkCreate
Name string free
CheckDuplicate bool free
Driver string networks
Scope string networks
EnableIPv4 *bool free
EnableIPv6 *bool free
IPAM *IPAM networks
Internal bool free
Attachable bool networks
Ingress bool networks
ConfigOnly bool networks
ConfigFrom *NetworkConfigReference networks
Options map[string]string networks
Labels map[string]string labels
= IPAM
Driver string networks
Options map[string]string networks
Config []IPAMConfig networks
= IPAMConfig
Subnet prefix networks
IPRange prefix networks
Gateway addr networks
AuxiliaryAddresses map[string]addr networks
= NetworkConfigReference
Network string networks
= NetworkConnect
Container string free
EndpointConfig *EndpointSettings networks
= NetworkDisconnect
Container string free
Force bool free
`;
