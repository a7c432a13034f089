// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Stablecoin} from "./Stablecoin.sol";

/// @title A token of six decimals, as most stablecoins have
contract SixDecimalsToken is Stablecoin {
    function decimals() public pure override returns (uint8) {
        return 6;
    }
}
