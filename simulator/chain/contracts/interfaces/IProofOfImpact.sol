// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @notice The last reading that a device proved; energies in mWh.
struct Registers {
    uint64 sequence;
    uint64 imported;
    uint64 exported;
    uint64 debited;
    uint64 credited;
    uint64 withdrawn;
    uint64 feedIn;
}

/// @notice What the other contracts ask of the proof.
interface IProofOfImpact {
    /// @return what the token's meters have proved to have imported in all, in mWh
    function lifetimeEnergy(uint256 tokenId) external view returns (uint256);

    /// @return what the token's present device proved last, zeros when nothing
    function registersOf(uint256 tokenId) external view returns (Registers memory);
}
