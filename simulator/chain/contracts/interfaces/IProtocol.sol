// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @notice What the registry tells about a token's power purchase agreement.
interface IProtocol {
    /// @return the price of a kWh in the stablecoin's smallest unit, 0 when nothing is for sale
    function tariffOf(uint256 tokenId) external view returns (uint256);
}
