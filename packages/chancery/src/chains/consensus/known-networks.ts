/**
 * The networks that need no file. Genesis and forks as in the configurations that clients ship:
 * https://github.com/eth-clients/mainnet, https://github.com/eth-clients/sepolia and https://github.com/eth-clients/hoodi
 * (metadata/config.yaml), https://github.com/gnosischain/configs (mainnet and chiado, config.yaml); genesis validators roots
 * and times as in genesisData of https://github.com/ChainSafe/lodestar/blob/unstable/packages/config/src/networks.ts and
 * https://github.com/NethermindEth/nethermind (BeaconChainSpec). Compared on 2026-11-21.
 */
import { presets } from './containers/preset.ts'
import { farFuture, type NetworkSpec } from './forks.ts'

export const knownNetworks: Readonly<Record<string, NetworkSpec>> = {
  mainnet: {
    preset: presets.mainnet,
    genesisValidatorsRoot: '0x4b363db94e286120d76eb905340fdd4e54bfe9f06bf33ff6cf5ad27f511bfe95',
    genesisTime: 1_606_824_023,
    slotDuration: 12_000,
    forks: {
      phase0: { version: '0x00000000', epoch: 0n },
      altair: { version: '0x01000000', epoch: 74_240n },
      bellatrix: { version: '0x02000000', epoch: 144_896n },
      capella: { version: '0x03000000', epoch: 194_048n },
      deneb: { version: '0x04000000', epoch: 269_568n },
      electra: { version: '0x05000000', epoch: 364_032n },
      fulu: { version: '0x06000000', epoch: 411_392n },
      gloas: { version: '0x07000000', epoch: farFuture },
    },
  },
  sepolia: {
    preset: presets.mainnet,
    genesisValidatorsRoot: '0xd8ea171f3c94aea21ebc42a1ed61052acf3f9209c00e4efbaaddac09ed9b8078',
    genesisTime: 1_655_733_600,
    slotDuration: 12_000,
    forks: {
      phase0: { version: '0x90000069', epoch: 0n },
      altair: { version: '0x90000070', epoch: 50n },
      bellatrix: { version: '0x90000071', epoch: 100n },
      capella: { version: '0x90000072', epoch: 56_832n },
      deneb: { version: '0x90000073', epoch: 132_608n },
      electra: { version: '0x90000074', epoch: 222_464n },
      fulu: { version: '0x90000075', epoch: 272_640n },
      // https://blog.ethereum.org/2026/09/17/glamsterdam-testnet-announcement
      gloas: { version: '0x90000076', epoch: 353_024n },
    },
  },
  hoodi: {
    preset: presets.mainnet,
    genesisValidatorsRoot: '0x212f13fc4df078b6cb7db228f1c8307566dcecf900867401a92023d7ba99cb5f',
    genesisTime: 1_742_213_400,
    slotDuration: 12_000,
    forks: {
      phase0: { version: '0x10000910', epoch: 0n },
      altair: { version: '0x20000910', epoch: 0n },
      bellatrix: { version: '0x30000910', epoch: 0n },
      capella: { version: '0x40000910', epoch: 0n },
      deneb: { version: '0x50000910', epoch: 0n },
      electra: { version: '0x60000910', epoch: 2_048n },
      fulu: { version: '0x70000910', epoch: 50_688n },
      gloas: { version: '0x80000910', epoch: farFuture },
    },
  },
  gnosis: {
    preset: presets.gnosis,
    genesisValidatorsRoot: '0xf5dcb5564e829aab27264b9becd5dfaa017085611224cb3036f573368dbb9d47',
    genesisTime: 1_638_993_340,
    slotDuration: 5_000,
    forks: {
      phase0: { version: '0x00000064', epoch: 0n },
      altair: { version: '0x01000064', epoch: 512n },
      bellatrix: { version: '0x02000064', epoch: 385_536n },
      capella: { version: '0x03000064', epoch: 648_704n },
      deneb: { version: '0x04000064', epoch: 889_856n },
      electra: { version: '0x05000064', epoch: 1_337_856n },
      fulu: { version: '0x06000064', epoch: 1_714_688n },
    },
  },
  chiado: {
    preset: presets.gnosis,
    genesisValidatorsRoot: '0x9d642dac73058fbf39c0ae41ab1e34e4d889043cb199851ded7095bc99eb4c1e',
    genesisTime: 1_665_396_300,
    slotDuration: 5_000,
    forks: {
      phase0: { version: '0x0000006f', epoch: 0n },
      altair: { version: '0x0100006f', epoch: 90n },
      bellatrix: { version: '0x0200006f', epoch: 180n },
      capella: { version: '0x0300006f', epoch: 244_224n },
      deneb: { version: '0x0400006f', epoch: 516_608n },
      electra: { version: '0x0500006f', epoch: 948_224n },
      fulu: { version: '0x0600006f', epoch: 1_353_216n },
    },
  },
}
