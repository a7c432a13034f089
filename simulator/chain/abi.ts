import { parseAbi } from 'viem';

/*
 * What is used of the contracts, in a form from which viem infers the types of calls, events and errors. A test holds it
 * against what the compiler says.
 */

const READING =
  'struct Reading { uint256 m3terId; uint64 sequence; uint64 timestamp; uint64 imported; uint64 exported; uint64 debited; uint64 credited; uint64 withdrawn; uint64 feedIn; uint32 status; bytes32 telemetry; bytes32 previous; }';
const SIGNED_READING = 'struct SignedReading { Reading reading; bytes signature; }';
const REGISTERS =
  'struct Registers { uint64 sequence; uint64 imported; uint64 exported; uint64 debited; uint64 credited; uint64 withdrawn; uint64 feedIn; }';

export const M3TER_ABI = parseAbi([
  'constructor(address admin)',
  'function DEFAULT_ADMIN_ROLE() view returns (bytes32)',
  'function MINTER_ROLE() view returns (bytes32)',
  'function REGISTRAR_ROLE() view returns (bytes32)',
  'function grantRole(bytes32 role, address account)',
  'function mint(address to) returns (uint256 tokenId)',
  'function register(uint256 tokenId, bytes32 key)',
  'function link(uint256 tokenId, address device, bytes signature)',
  'function setSources(address protocol_, address proof_)',
  'function transferFrom(address from, address to, uint256 tokenId)',
  'function keyByToken(uint256 tokenId) view returns (bytes32)',
  'function tokenByKey(bytes32 key) view returns (uint256)',
  'function publicKey(uint256 tokenId) view returns (bytes32)',
  'function tokenID(bytes32 key) view returns (uint256)',
  'function ownerOf(uint256 tokenId) view returns (address)',
  'function totalSupply() view returns (uint256)',
  'function tokenURI(uint256 tokenId) view returns (string)',
  'function domainSeparator() view returns (bytes32)',
  'function supportsInterface(bytes4 id) view returns (bool)',
  'event Register(uint256 indexed tokenId, bytes32 indexed publicKey, address from, uint256 timestamp)',
  'error EmptyKey()',
  'error KeyTaken(bytes32 key, uint256 tokenId)',
  'error WrongSigner(uint256 tokenId, address signer)',
  'error AccessControlUnauthorizedAccount(address account, bytes32 neededRole)',
  'error ERC721NonexistentToken(uint256 tokenId)',
  'error ERC721InvalidReceiver(address receiver)',
]);

export const PROTOCOL_ABI = parseAbi([
  'constructor(address registry_, address stablecoin_, address proof_, address owner, address treasury_)',
  'function setTariff(uint256 tokenId, uint128 tariff)',
  'function pay(uint256 tokenId, uint256 amount)',
  'function payUpTo(uint256 tokenId, uint256 amount, uint256 highestTariff)',
  'function claim()',
  'function setTreasury(address treasury_)',
  'function transferOwnership(address newOwner)',
  'function acceptOwnership()',
  'function owner() view returns (address)',
  'function treasury() view returns (address)',
  'function registry() view returns (address)',
  'function stablecoin() view returns (address)',
  'function tariffOf(uint256 tokenId) view returns (uint256)',
  'function energyOf(uint256 tokenId) view returns (uint256)',
  'function stateOf(uint256 tokenId) view returns (bool)',
  'function revenueOf(address account) view returns (uint256)',
  'event Revenue(uint256 indexed tokenId, uint256 indexed amount, uint256 indexed tariff, address from, uint256 timestamp)',
  'event Tariff(uint256 indexed tokenId, uint256 indexed tariff, address from, uint256 timestamp)',
  'event Claim(address indexed to, uint256 indexed amount, uint256 indexed timestamp)',
  'error NotOwner(uint256 tokenId, address caller)',
  'error NotForSale(uint256 tokenId)',
  'error TariffTooHigh(uint256 tokenId, uint256 tariff, uint256 highest)',
  'error NothingBought(uint256 tokenId, uint256 amount)',
  'error ShortPayment(uint256 expected, uint256 received)',
  'error NothingToClaim(address account)',
  'error ZeroAddress()',
  'error OwnableUnauthorizedAccount(address account)',
  'error ReentrancyGuardReentrantCall()',
  'error SafeERC20FailedOperation(address token)',
  'error SafeCastOverflowedUintDowncast(uint8 bits, uint256 value)',
  // of the registry and the stablecoin, which it calls
  'error ERC721NonexistentToken(uint256 tokenId)',
  'error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed)',
  'error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)',
]);

export const PROOF_ABI = parseAbi([
  READING,
  SIGNED_READING,
  REGISTERS,
  'constructor(address registry_, address reward_, address owner, uint256 rate)',
  'function submit(SignedReading signed)',
  'function submitBatch(SignedReading[] batch)',
  'function setRewardRate(uint256 rate)',
  'function digestOf(Reading reading) view returns (bytes32)',
  'function registersOf(uint256 tokenId) view returns (Registers)',
  'function lifetimeEnergy(uint256 tokenId) view returns (uint256)',
  'function rewardRate() view returns (uint256)',
  'function registry() view returns (address)',
  'function reward() view returns (address)',
  'function nonce(uint256 tokenId) view returns (bytes6)',
  'function account(uint256 tokenId) view returns (bytes6)',
  'event Impact(uint256 indexed tokenId, uint64 indexed sequence, uint256 energy, uint256 reward, bytes32 digest)',
  'error WrongSigner(uint256 tokenId, address signer)',
  'error Replayed(uint256 tokenId, uint64 sequence, uint64 last)',
  'error RegisterDecreased(uint256 tokenId, uint64 sequence)',
  'error OwnableUnauthorizedAccount(address account)',
  'error ECDSAInvalidSignature()',
  'error ECDSAInvalidSignatureLength(uint256 length)',
  'error ECDSAInvalidSignatureS(bytes32 s)',
]);

export const REWARD_ABI = parseAbi([
  'constructor(address admin)',
  'function MINTER_ROLE() view returns (bytes32)',
  'function grantRole(bytes32 role, address account)',
  'function mint(address to, uint256 amount)',
  'function balanceOf(address account) view returns (uint256)',
  'function totalSupply() view returns (uint256)',
  'error AccessControlUnauthorizedAccount(address account, bytes32 neededRole)',
]);

/** Of any stablecoin; `faucet` has only the one for simulations and tests. */
export const STABLECOIN_ABI = parseAbi([
  'function faucet(uint256 amount)',
  'function approve(address spender, uint256 value) returns (bool)',
  'function balanceOf(address account) view returns (uint256)',
  'function decimals() view returns (uint8)',
]);
