// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Stablecoin} from "./Stablecoin.sol";

/// @title A token that keeps a hundredth of what is transferred
contract FeeToken is Stablecoin {
    function _update(address from, address to, uint256 value) internal override {
        uint256 fee = from == address(0) || to == address(0) ? 0 : value / 100;
        super._update(from, to, value - fee);
        if (fee > 0) super._update(from, address(0), fee);
    }
}
