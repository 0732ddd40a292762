/** Load: clients in a process of their own ({@link dev.magpie.load.ClientGroupProcess}), servers as others would write them. */
package dev.magpie.load;
