// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @notice What the other contracts ask of the registry.
interface IM3ter {
    /// @return the holder of a token; reverts when there is no such token
    function ownerOf(uint256 tokenId) external view returns (address);

    /// @return the key of the token's device, zero when it has none: an address, left-padded, or an Ed25519 key
    function keyByToken(uint256 tokenId) external view returns (bytes32);

    /// @return the EIP-712 separator of the domain in which meters and their operators sign
    function domainSeparator() external view returns (bytes32);
}
