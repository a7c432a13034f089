// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A stablecoin without worth, for simulations and tests
contract Stablecoin is ERC20 {
    constructor() ERC20("Test Dollar", "TUSD") {}

    /// @notice Gives the caller as much as it asks for.
    function faucet(uint256 amount) external {
        _mint(msg.sender, amount);
    }
}
