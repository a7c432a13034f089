// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Reward} from "./Reward.sol";
import {IM3ter} from "./interfaces/IM3ter.sol";
import {IProofOfImpact, Registers} from "./interfaces/IProofOfImpact.sol";

/// @notice A meter's statement of its registers, the EIP-712 struct of this name; energies in mWh.
struct Reading {
    uint256 m3terId;
    uint64 sequence;
    uint64 timestamp;
    uint64 imported;
    uint64 exported;
    uint64 debited;
    uint64 credited;
    uint64 withdrawn;
    uint64 feedIn;
    uint32 status;
    bytes32 telemetry;
    bytes32 previous;
}

/// @notice A reading with its device's signature, r ‖ s ‖ v.
struct SignedReading {
    Reading reading;
    bytes signature;
}

/// @title Proof of impact: checks what meters signed, and rewards new energy
/// @notice Anyone may submit readings. Registers are totals, so those between two readings may be left out.
contract ProofOfImpact is IProofOfImpact, Ownable2Step {
    bytes32 private constant READING_TYPEHASH = keccak256(
        "Reading(uint256 m3terId,uint64 sequence,uint64 timestamp,uint64 imported,uint64 exported,uint64 debited,"
        "uint64 credited,uint64 withdrawn,uint64 feedIn,uint32 status,bytes32 telemetry,bytes32 previous)"
    );

    IM3ter public immutable registry;
    Reward public immutable reward;

    /// @notice What a mWh earns, in the reward token's smallest unit.
    uint256 public rewardRate;
    /// @inheritdoc IProofOfImpact
    mapping(uint256 tokenId => uint256) public lifetimeEnergy;
    /// @dev By the device and not by the token: its registers go on when it serves another token, and when it comes back.
    mapping(bytes32 key => Registers) private registers;

    /// @notice A reading was proved; `energy` is new, `digest` the head of the meter's chain.
    event Impact(uint256 indexed tokenId, uint64 indexed sequence, uint256 energy, uint256 reward, bytes32 digest);
    event RewardRate(uint256 rate);

    error WrongSigner(uint256 tokenId, address signer);
    error Replayed(uint256 tokenId, uint64 sequence, uint64 last);
    error RegisterDecreased(uint256 tokenId, uint64 sequence);

    /// @param owner governs the rate
    constructor(IM3ter registry_, Reward reward_, address owner, uint256 rate) Ownable(owner) {
        registry = registry_;
        reward = reward_;
        _setRewardRate(rate);
    }

    /// @notice Proves one reading.
    function submit(SignedReading calldata signed) external {
        _prove(registry.domainSeparator(), signed);
    }

    /// @notice Proves all of these readings, a meter's in their order, or none.
    function submitBatch(SignedReading[] calldata batch) external {
        bytes32 separator = registry.domainSeparator();
        for (uint256 i = 0; i < batch.length; i++) _prove(separator, batch[i]);
    }

    /// @notice Sets what a mWh earns from now on.
    function setRewardRate(uint256 rate) external onlyOwner {
        _setRewardRate(rate);
    }

    /// @notice What a reading's device signs: its EIP-712 digest in the registry's domain.
    function digestOf(Reading calldata reading) external view returns (bytes32) {
        return _digest(registry.domainSeparator(), reading);
    }

    /// @inheritdoc IProofOfImpact
    function registersOf(uint256 tokenId) external view returns (Registers memory) {
        return registers[registry.keyByToken(tokenId)];
    }

    /// @notice The last sequence that was proved, as the rollup has it.
    function nonce(uint256 tokenId) external view returns (bytes6) {
        return bytes6(uint48(registers[registry.keyByToken(tokenId)].sequence));
    }

    /// @notice The token's lifetime energy in mWh, as the rollup has it.
    function account(uint256 tokenId) external view returns (bytes6) {
        return bytes6(uint48(lifetimeEnergy[tokenId]));
    }

    function _prove(bytes32 separator, SignedReading calldata signed) private {
        Reading calldata reading = signed.reading;
        uint256 tokenId = reading.m3terId;
        bytes32 key = registry.keyByToken(tokenId);
        bytes32 digest = _digest(separator, reading);
        address signer = ECDSA.recoverCalldata(digest, signed.signature);
        if (bytes32(uint256(uint160(signer))) != key) revert WrongSigner(tokenId, signer);
        Registers memory last = registers[key];
        _check(reading, last);
        registers[key] = Registers({
            sequence: reading.sequence,
            imported: reading.imported,
            exported: reading.exported,
            debited: reading.debited,
            credited: reading.credited,
            withdrawn: reading.withdrawn,
            feedIn: reading.feedIn
        });
        uint256 energy = reading.imported - last.imported;
        lifetimeEnergy[tokenId] += energy;
        uint256 earned = energy * rewardRate;
        emit Impact(tokenId, reading.sequence, energy, earned, digest);
        if (earned > 0) reward.mint(registry.ownerOf(tokenId), earned);
    }

    /// @dev A reading is new, and none of its registers has gone back.
    function _check(Reading calldata reading, Registers memory last) private pure {
        if (reading.sequence <= last.sequence) revert Replayed(reading.m3terId, reading.sequence, last.sequence);
        if (
            reading.imported < last.imported || reading.exported < last.exported || reading.debited < last.debited
                || reading.credited < last.credited || reading.withdrawn < last.withdrawn
                || reading.feedIn < last.feedIn
        ) revert RegisterDecreased(reading.m3terId, reading.sequence);
    }

    /// @dev All fields are of one word, so the struct's ABI encoding is its EIP-712 encodeData.
    function _digest(bytes32 separator, Reading calldata reading) private pure returns (bytes32) {
        return MessageHashUtils.toTypedDataHash(separator, keccak256(abi.encode(READING_TYPEHASH, reading)));
    }

    function _setRewardRate(uint256 rate) private {
        rewardRate = rate;
        emit RewardRate(rate);
    }
}
